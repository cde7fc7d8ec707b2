// @ts-check
// What is asked about one adapter: its name, what it is blended with, and whether it is deleted.
import { Button, Notice } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { focused, h, useState } from "../lib/view.js";
import { left } from "./adapters_family.js";

/** @typedef {import("./adapters_family.js").Adapter} Adapter */
/** @typedef {{adapter: Adapter, act: (name: string, body: object) => void, onClose: () => void}} Asked */

/** @param {Adapter} adapter */
const named = ({ name, round }) => name ?? t("round {n}", { n: round });

/** @param {Asked} props */
export const Naming = ({ adapter: { round, name }, act, onClose }) => {
  const [typed, setTyped] = useState(name ?? "");
  return h(
    Form,
    { onSend: () => act("name_adapter", { round, name: typed }) },
    h("input", {
      ref: focused,
      type: "text",
      value: typed,
      "aria-label": t("Name of round {n}", { n: round }),
      dir: "auto",
      lang: "",
      oninput: (/** @type {any} */ event) => setTyped(event.target.value),
    }),
    h("button", { class: "act small main" }, t("Save")),
    h(Button, { small: true, onClick: onClose }, t("Cancel")),
  );
};

/** @param {Asked & {above: Adapter[], refused: string | null | undefined}} props `above` are those that it began as. */
export const Blending = ({ adapter: { round }, above, refused, act, onClose }) => {
  const [strength, setStrength] = useState("0.5");
  const [other, setOther] = useState("");
  const blend = () =>
    act("blend_adapter", { round, strength: Number(strength), mixed_with: other ? Number(other) : null });
  return h(
    Form,
    { onSend: blend },
    h(Notice, {}, refused),
    h(
      "p",
      {},
      t("It becomes a round; nothing is trained."),
      " ",
      t("Mixed with another round, the strength is the share of this one, and the rank is the sum of both."),
    ),
    h(
      "label",
      {},
      t("Strength"),
      h("input", {
        ref: focused,
        type: "number",
        min: 0,
        max: 2,
        step: 0.05,
        required: true,
        value: strength,
        oninput: (/** @type {any} */ event) => setStrength(event.target.value),
      }),
    ),
    h(
      "label",
      {},
      t("mix with"),
      h(
        "select",
        { value: other, onchange: (/** @type {any} */ event) => setOther(event.target.value) },
        h("option", { value: "" }, t("the base model")),
        above.filter(({ state }) => state === "finished").map((one) =>
          h("option", { key: one.round, value: String(one.round) }, named(one))
        ),
      ),
    ),
    h("button", { class: "act small main" }, t("Blend")),
    h(Button, { small: true, onClick: onClose }, t("Cancel")),
  );
};

/** @param {Asked & {kinds: import("./rounds_kinds.js").Kinds}} props */
export const Deleting = ({ adapter, kinds, act, onClose }) => {
  const { bound, free } = left(adapter, (one) => Boolean(kinds.of(one)));
  const listed = (/** @type {Adapter[]} */ those) => those.map(named).join(t(", "));
  return h(
    "div",
    { class: "asked", role: "alert" },
    h(
      "p",
      {},
      [
        kinds.wasTrained(adapter)
          ? t("The adapter is deleted for good; what it learned and measured stays on record.")
          : t("The adapter is deleted for good; what it measured stays on record."),
        bound.length > 0 &&
        t("These began as it; they stay, but cannot be trained again: {names}.", { names: listed(bound) }),
        free.length > 0 && t("These descend from it and stay as they are: {names}.", { names: listed(free) }),
        !bound.length && !free.length && kinds.of(adapter)?.given_back &&
        t("Nothing was trained from it; its revisions wait again for a round."),
      ].filter(Boolean).join(" "),
    ),
    h(Button, { small: true, onClick: () => act("delete_adapter", { round: adapter.round }) }, t("Delete the adapter")),
    h(Button, { small: true, first: true, onClick: onClose }, t("Keep it")),
  );
};

/** @param {{onSend: () => void, children?: import("../lib/view.js").Child}} props */
const Form = ({ onSend, children }) => {
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSend();
  };
  return h("form", { class: "asked", onsubmit: send }, children);
};
