// @ts-check
// Which models answer, and how.
import { Button, Select } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {import("./chat.js").Model} Model */
/** @typedef {{self_revise: boolean, strength: number, temperature: number | string, length: number | string,
 *   system: string, seed: string}} Typed What is typed, which may be no number yet: the server says what it takes. */

const MOST_MODELS = 4;
/** @type {Typed} */
export const STANDARD = { self_revise: false, strength: 1, temperature: 0, length: 512, system: "", seed: "" };

/** What is asked of the server. @param {Typed} typed */
export const settingsOf = ({ temperature, length, ...others }) => ({
  ...others,
  temperature: temperature === "" ? null : Number(temperature),
  length,
});

/** A model as it is chosen. @param {Model} model */
export const nameOf = ({ round, name, hash }) =>
  round === null ? t("base model") : [t("round {n}", { n: round }), name, hash].filter(Boolean).join(" · ");

/**
 * @param {{chats: {models: Model[]}, models: Record<string, string>, typed: Typed, whys: Record<string, string>,
 *   onModels: (models: Record<string, string>) => void, onTyped: (typed: Typed) => void}} props
 */
export const Options = ({ chats, models, typed, whys, onModels, onTyped }) => {
  const set = (/** @type {Partial<Typed>} */ change) => onTyped({ ...typed, ...change });
  return h(
    "div",
    { class: "card chat-options" },
    h(
      "div",
      { class: "setup last" },
      h(Models, { all: chats.models, models, onModels }),
      h(Select, {
        label: t("Answer with"),
        value: String(typed.self_revise),
        options: [["false", t("draft")], ["true", t("draft, rubric, self-revision")]],
        onChange: (value) => set({ self_revise: value === "true" }),
      }),
      Object.values(models).some((model) => model !== "base") && h(Strength, { typed, whys, set }),
    ),
    h(
      "details",
      { class: "fold" },
      h("summary", {}, t("Settings"), h("small", {}, told(typed))),
      h("div", { class: "setup last" }, h(Numbers, { typed, whys, set })),
    ),
  );
};

/** What differs from the standard, in few words. @param {Typed} typed */
const told = ({ temperature, length, system, seed }) =>
  [
    Number(temperature) !== STANDARD.temperature && t("temperature {n}", { n: temperature }),
    Number(length) !== STANDARD.length && t("at most {n} tokens", { n: length }),
    seed && t("seed {n}", { n: seed }),
    system.trim() && t("with a system prompt"),
  ].filter(Boolean).map((text) => ` · ${text}`).join("");

/**
 * @param {{all: Model[], models: Record<string, string>, onModels: (models: Record<string, string>) => void}} props
 */
const Models = ({ all, models, onModels }) => {
  const numbers = Object.keys(models).map(Number);
  const free = Array.from({ length: MOST_MODELS }, (_, i) => i + 1).find((n) => !numbers.includes(n));
  const without = (/** @type {number} */ number) =>
    Object.fromEntries(Object.entries(models).filter(([one]) => Number(one) !== number));
  /**
   * Of a round that was deleted, or is of another student, only the number is known.
   * @param {string} model @returns {[string, string][]}
   */
  const offered = (model) => {
    const options = all.map((one) => /** @type {[string, string]} */ ([one.model, nameOf(one)]));
    const isThere = options.some(([one]) => one === model);
    return isThere ? options : [...options, [model, t("round {n}, which cannot answer now", { n: model })]];
  };
  return h(
    "div",
    { class: "models" },
    numbers.map((number) =>
      h(
        "div",
        { key: number, class: "model" },
        h(Select, {
          label: number === 1 ? t("Model") : t("Model {n}", { n: number }),
          value: models[number],
          options: offered(models[number]),
          onChange: (model) => onModels({ ...models, [number]: model }),
        }),
        numbers.length > 1 && h(Button, {
          small: true,
          label: t("Remove model {n}", { n: number }),
          onClick: () => onModels(without(number)),
        }, "×"),
      )
    ),
    free && h(Button, {
      small: true,
      onClick: () =>
        onModels({ ...models, [free]: all.find((one) => !Object.values(models).includes(one.model))?.model ?? "base" }),
    }, t("Add a model beside it")),
  );
};

/**
 * The base model has no adapter to weaken.
 * @param {{typed: Typed, whys: Record<string, string>, set: (change: Partial<Typed>) => void}} props
 */
const Strength = ({ typed, whys, set }) =>
  h(
    "label",
    { class: "strength", title: whys.strength },
    t("Strength {n}", { n: typed.strength }),
    h("input", {
      type: "range",
      min: 0,
      max: 2,
      step: 0.05,
      value: typed.strength,
      "aria-label": t("Strength"),
      oninput: (/** @type {any} */ event) => set({ strength: Number(event.target.value) }),
    }),
    h("small", {}, whys.strength),
  );

/** @param {{typed: Typed, whys: Record<string, string>, set: (change: Partial<Typed>) => void}} props */
const Numbers = ({ typed, whys, set }) => {
  const field = (
    /** @type {string} */ label,
    /** @type {"temperature" | "length" | "seed"} */ name,
    /** @type {object} */ more,
  ) =>
    h(
      "label",
      {},
      label,
      h("input", {
        type: "number",
        min: 0,
        value: typed[name],
        "aria-label": label,
        oninput: (/** @type {any} */ event) => set({ [name]: event.target.value }),
        ...more,
      }),
      h("small", {}, whys[name]),
    );
  return [
    field(t("Temperature"), "temperature", { max: 2, step: 0.1, placeholder: "0" }),
    field(t("Length"), "length", { min: 1, max: 4096, placeholder: "512" }),
    field(t("Seed"), "seed", { placeholder: t("none") }),
    h(
      "label",
      { class: "system" },
      t("System prompt"),
      h("textarea", {
        rows: 2,
        dir: "auto",
        value: typed.system,
        "aria-label": t("System prompt"),
        oninput: (/** @type {any} */ event) => set({ system: event.target.value }),
      }),
      h("small", {}, whys.system),
    ),
  ];
};
