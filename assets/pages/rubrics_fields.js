// @ts-check
// The criteria of a rubric that is being edited: their texts, their order, and the way to be rid of one.
import { t } from "../lib/shared.js";
import { h, useLayoutEffect, useRef } from "../lib/view.js";
import { changed, moved, without } from "./rubrics_editing.js";
import { LinesField, TextField } from "./rubrics_form.js";

/** @typedef {import("./rubrics.js").Criterion} Criterion */
/** @typedef {{at: number, to: "name" | -1 | 1}} Turn Where the focus goes: a criterion's name, or what moves it up or down. */
/** @typedef {(criteria: Criterion[], turn?: Turn) => void} Change */

/** @param {{criteria: Criterion[], turn: Turn, onChange: Change}} props */
export const CriteriaFields = ({ criteria, turn, onChange }) => {
  const rows = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const row = rows.current?.children[turn.at];
    const wanted = row?.querySelector(turn.to === "name" ? "input" : `[data-by="${turn.to}"]:not(:disabled)`);
    /** @type {HTMLElement | null | undefined} */ (wanted ?? row?.querySelector("button:not(:disabled)"))?.focus();
  }, [turn]);
  return h(
    "div",
    { class: "criteria", ref: rows },
    criteria.map((_, at) => h(CriterionFields, { key: at, criteria, at, onChange })),
  );
};

/** @param {{criteria: Criterion[], at: number, onChange: Change}} props */
const CriterionFields = ({ criteria, at, onChange }) => {
  const { name, good, bad } = criteria[at];
  const n = at + 1;
  const put = (/** @type {keyof Criterion} */ part) => (/** @type {string} */ text) =>
    onChange(changed(criteria, at, { [part]: text }));
  const move = (/** @type {-1 | 1} */ by) => onChange(moved(criteria, at, by), { at: at + by, to: by });
  const last = criteria.length - 1;
  return h(
    "fieldset",
    {},
    h("legend", { class: "off-screen" }, t("Criterion {n}", { n })),
    h(TextField, {
      label: t("Criterion {n}", { n }),
      class: "name",
      value: name,
      required: true,
      onInput: put("name"),
    }),
    h(LinesField, { label: t("what a good answer does"), class: "good", value: good, onInput: put("good"), ...LINES }),
    h(LinesField, { label: t("what a bad answer does"), class: "bad", value: bad, onInput: put("bad"), ...LINES }),
    h(
      "div",
      { class: "moves" },
      h(Move, {
        by: -1,
        sign: "↑",
        label: t("move criterion {n} up", { n }),
        disabled: at === 0,
        onClick: () => move(-1),
      }),
      h(Move, {
        by: 1,
        sign: "↓",
        label: t("move criterion {n} down", { n }),
        disabled: at === last,
        onClick: () => move(1),
      }),
      h(Move, {
        sign: "✕",
        label: t("remove criterion {n}", { n }),
        disabled: last === 0,
        onClick: () => onChange(without(criteria, at), { at: Math.min(at, last - 1), to: "name" }),
      }),
    ),
  );
};

const LINES = { rows: 2, required: true };

/** @param {{by?: number, sign: string, label: string, disabled: boolean, onClick: () => void}} props */
const Move = ({ by, sign, label, disabled, onClick }) =>
  h("button", {
    class: "icon",
    type: "button",
    "data-by": by,
    title: label,
    "aria-label": label,
    disabled,
    onclick: onClick,
  }, sign);
