// @ts-check
// What to compare, and before it starts what that takes and what it can show.
import { dollars } from "../lib/money.js";
import { Button, Card, Check, MeasuredOn, Notice, NumberField, Select } from "../lib/parts.js";
import { measuredParts, number, said, t } from "../lib/shared.js";
import { h, useAsked, useState, useTyped } from "../lib/view.js";
import { together } from "./comparisons_rates.js";

/** @typedef {import("./comparisons.js").View} View */
/** @typedef {import("./comparisons_rates.js").Taken} Taken */
const PAUSE = 400;

/**
 * `onCompare` is told the test set and the kind of answer of what was begun.
 * @param {{ask: import("../lib/view.js").Ask, view: View, onCompare: (asked: {test_set: string, answer: string}) => void}} props
 */
export const Form = ({ ask, view, onCompare }) => {
  const [chosen, setChosen] = useState({
    model: String(view.models[0]),
    opponents: /** @type {string[]} */ ([]),
    test_set: "",
    part: "all",
    judge: view.judges[0].name,
    closeness: "rouge_l",
    answer: "draft",
    rubric: false,
    reference: false,
  });
  const items = useTyped("100");
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const set = (/** @type {object} */ change) => {
    setRefused(null);
    setChosen({ ...chosen, ...change });
  };
  const body = { ...chosen, items: items.number };
  const estimate = /** @type {{answer: {estimates: Taken[]} | null, error: string | null, isAsking: boolean}} */ (
    useAsked(ask, "comparison_estimate", body, PAUSE)
  );
  const compare = async () => {
    const { error, test_set } = await ask("compare", body);
    setRefused(error ?? null);
    if (!error) onCompare({ test_set, answer: chosen.answer });
  };
  const judge = view.judges.find((one) => one.name === chosen.judge);
  return h(
    Card,
    {
      class: "for-owners spaced",
      title: t("Compare"),
      about: t("which of two models answers better, on instructions that neither learned"),
    },
    h(
      "div",
      { class: "setup last" },
      h(Select, {
        label: t("model"),
        value: chosen.model,
        onChange: (model) => set({ model, opponents: chosen.opponents.filter((one) => one !== model) }),
        options: modelOptions(view.models),
      }),
      h(MeasuredOn, { value: chosen.test_set, datasets: view.datasets, onChange: (test_set) => set({ test_set }) }),
      h(Select, { label: t("part"), value: chosen.part, onChange: (part) => set({ part }), options: measuredParts() }),
      h(NumberField, { label: t("at most"), most: 100_000, ...items.field }),
      h(Select, {
        label: t("answers to compare"),
        value: chosen.answer,
        onChange: (answer) => set({ answer }),
        options: [["draft", t("drafts")], ["self-revision", t("self-revisions")]],
      }),
      h(Select, {
        label: t("judge"),
        value: chosen.judge,
        onChange: (name) => set({ judge: name }),
        options: view.judges.map((one) => [
          one.name,
          one.has_model ? one.name : t("by reference: closer to the accepted answer"),
        ]),
      }),
      judge?.has_model ? h(Sees, { chosen, set }) : h(Select, {
        label: t("closeness by"),
        value: chosen.closeness,
        onChange: (closeness) => set({ closeness }),
        options: Object.entries(view.closeness).map(([one, name]) => [one, said(name) ?? name]),
      }),
    ),
    h(Opponents, { models: view.models, chosen, set }),
    judge?.teaches &&
      h(
        "div",
        { class: "warnings" },
        h("p", {}, t("{name} teaches too, so it may prefer the style that it taught.", { name: judge.name })),
      ),
    h(
      "div",
      { class: "takes", "aria-live": "polite", "aria-busy": estimate.isAsking },
      h(Notice, {}, said(refused ?? estimate.error)),
      estimate.answer && !estimate.error ? h(Takes, { pairs: estimate.answer.estimates }) : null,
      h(Button, { main: true, onClick: compare }, t("Compare")),
    ),
  );
};

/** @param {number[]} models @returns {[string, string][]} */
const modelOptions = (
  models,
) => [...models.map((n) => /** @type {[string, string]} */ ([String(n), t("round {n}", { n })])), ["base", t("base")]];

/** What a model that judges is shown besides the answers. @param {{chosen: any, set: (change: object) => void}} props */
const Sees = ({ chosen, set }) => [
  h(Check, { checked: chosen.rubric, onChange: (rubric) => set({ rubric }) }, t("show it the rubric")),
  h(Check, { checked: chosen.reference, onChange: (reference) => set({ reference }) }, t("show it an accepted answer")),
];

/** @param {{models: number[], chosen: any, set: (change: object) => void}} props */
const Opponents = ({ models, chosen, set }) => {
  /** @type {string[]} */
  const opponents = chosen.opponents;
  return h(
    "fieldset",
    { class: "setup last opponents" },
    h(
      "legend",
      { class: "soft small" },
      t("compare with (if you tick none: the round before, SFT and the base model)"),
    ),
    modelOptions(models).filter(([key]) => key !== chosen.model).map(([key, name]) =>
      h(Check, {
        key,
        checked: opponents.includes(key),
        onChange: (on) => set({ opponents: on ? [...opponents, key] : opponents.filter((one) => one !== key) }),
      }, name)
    ),
  );
};

/** @param {{pairs: Taken[]}} props */
const Takes = ({ pairs }) => {
  const { calls, most } = together(pairs);
  return h(
    "div",
    { class: "estimate" },
    h("p", {}, h("b", {}, price(calls, most))),
    h("ul", {}, pairs.map((one) => h("li", { key: one.second }, pairSentence(one)))),
  );
};

const price = (/** @type {number} */ calls, /** @type {number | null} */ most) => {
  if (!calls) return t("No calls to pay for.");
  return most === null
    ? t("{n} calls. The greatest price is unknown: set this judge's price on the Teacher page.", { n: number(calls) })
    : t("{n} calls, at most {price}.", { n: number(calls), price: dollars(most) });
};

/** @param {Taken} one */
const pairSentence = (one) => {
  const values = { model: said(one.first), other: said(one.second), n: number(one.n) };
  const shown = one.smallest_difference === null
    ? t("{model} against {other}: {n} instructions, too few to show any difference.", values)
    : t("{model} against {other}: {n} instructions can show a difference of {points} points.", {
      ...values,
      points: Math.ceil(100 * one.smallest_difference),
    });
  return [
    shown,
    one.unwritten
      ? " " + t("{n} of them still need answers, which are written first.", { n: number(one.unwritten) })
      : "",
    one.by_rule
      ? " " + t("{n} need no judge: the answers are identical, or one is empty.", { n: number(one.by_rule) })
      : "",
  ];
};
