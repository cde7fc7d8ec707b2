// @ts-check
// The instructions that no rubric matches, a page at a time, and the two ways to give some of them a category.
import { Ago } from "../lib/ago.js";
import { Button, Card, Foreign, Select, Turns } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { ticked } from "./rubrics_ticking.js";

/** @typedef {import("./unmatched.js").View} View */
/** @typedef {import("./unmatched.js").Act} Act */
/** @typedef {{id: number, instruction: string, input: string, turns: import("../lib/parts.js").Turn[],
 *   nearest: string | null, similarity: number, runner_up: string | null, runner_up_similarity: number}} Row */
/** @typedef {{rows: Row[], next: [number, number] | null, first: number[]}} Rows A page, and the `first` ids of all. */
/** @typedef {ReadonlySet<number>} Ids */

/**
 * @param {{view: View, rows: Rows, act: Act, error: string | null, onBack: (() => void) | null,
 *   onNext: (() => void) | null}} props
 */
export const UnmatchedList = ({ view, rows: { rows, first }, act, error, onBack, onNext }) => {
  const [kept, setKept] = useState(/** @type {Ids} */ (new Set()));
  const here = new Set([...first, ...rows.map(({ id }) => id)]);
  const chosen = new Set([...kept].filter((id) => here.has(id)));
  const give = async (/** @type {string} */ name, /** @type {object} */ body) => {
    if (await act(name, { instructions: [...chosen], ...body })) setKept(new Set());
  };
  return h(
    Card,
    {
      title: [t("No matching rubric"), h("span", { class: "chip num" }, number(view.unmatched))],
      about: t("the least similar first"),
    },
    view.asked && view.asked.state !== "running" && h(Told, { text: view.asked.message }),
    error && h(Told, { text: error }),
    view.picks.length > 0 && h(Picks, { view, act }),
    rows.length === 0 ? h("p", { class: "body small soft" }, t("Every instruction has a rubric.")) : [
      h(
        "ul",
        { key: "rows", class: "unmatched-list" },
        rows.map((row) =>
          h(OneRow, {
            key: row.id,
            row,
            isTicked: chosen.has(row.id),
            onTick: (on) => setKept(ticked(chosen, row.id, on)),
          })
        ),
      ),
      h(
        "div",
        { key: "tools", class: "setup last" },
        h(TickAll, { view, first, chosen, onTick: setKept }),
        h(Give, { view, n: chosen.size, give }),
        h("span", { class: "grow" }),
        h(Button, { small: true, disabled: !onBack, onClick: () => onBack?.() }, t("Previous")),
        h(Button, { small: true, disabled: !onNext, onClick: () => onNext?.() }, t("Next")),
      ),
    ],
  );
};

/** @param {{text: string}} props */
const Told = ({ text }) => h("div", { class: "body small", role: "status" }, said(text));

/** @param {{row: Row, isTicked: boolean, onTick: (on: boolean) => void}} props */
const OneRow = ({ row, isTicked, onTick }) =>
  h(
    "li",
    {},
    h(
      "label",
      {},
      h("input", {
        type: "checkbox",
        class: "for-owners",
        checked: isTicked,
        "aria-label": t("instruction {n}", { n: row.id }),
        onchange: (/** @type {any} */ event) => onTick(event.target.checked),
      }),
      h(
        "span",
        { dir: "auto", lang: "" },
        h(Foreign, { text: row.instruction }),
        row.input && h(Foreign, { tag: "small", class: "soft", text: row.input }),
      ),
    ),
    h(Turns, { turns: row.turns }),
    h("span", { class: "soft small" }, nearness(row)),
  );

/** @param {Row} row */
const nearness = ({ nearest, similarity, runner_up, runner_up_similarity }) => {
  const first = t("nearest: {name} {similarity}", { name: nearest ?? "–", similarity: similarity.toFixed(3) });
  if (!runner_up) return first;
  return `${first} · ${
    t("then {name} {similarity}", { name: runner_up, similarity: runner_up_similarity.toFixed(3) })
  }`;
};

/**
 * As many as can be given a category at once.
 * @param {{view: View, first: number[], chosen: Ids, onTick: (ids: Ids) => void}} props
 */
const TickAll = ({ view, first, chosen, onTick }) => {
  const areAll = chosen.size > 0 && chosen.size === first.length;
  const n = first.length;
  const words = areAll
    ? t("Tick none")
    : n < view.unmatched
    ? t("Tick the first {n}", { n })
    : t("Tick all {n}", { n });
  return h(
    "span",
    { class: "for-owners" },
    h(Button, { small: true, onClick: () => onTick(new Set(areAll ? [] : first)) }, words),
  );
};

/** @param {{view: View, n: number, give: (name: string, body: object) => void}} props */
const Give = ({ view: { categories, has_model, asked }, n, give }) => {
  const [wanted, setWanted] = useState("");
  const category = categories.includes(wanted) ? wanted : categories[0] ?? "";
  const why = has_model
    ? null
    : t("The reference teacher cannot name categories; start the app with a model as teacher.");
  return [
    h(
      "span",
      { key: "n", class: "for-owners small soft" },
      h("span", { class: "num", role: "status" }, n === 1 ? t("1 ticked") : t("{n} ticked", { n })),
    ),
    h(
      "span",
      { key: "category", class: "for-owners" },
      h(Select, {
        label: t("category"),
        value: category,
        options: categories.map((name) => [name, name]),
        onChange: setWanted,
      }),
    ),
    h(
      "span",
      { key: "pick", class: "for-owners" },
      h(Button, { disabled: n === 0, onClick: () => give("pick", { category }) }, t("Sort into this category")),
    ),
    h(
      "span",
      { key: "ask", class: "for-owners", title: why },
      h(Button, {
        disabled: n === 0 || !has_model || asked?.state === "running",
        onClick: () => give("ask_teacher", {}),
      }, t("Ask the teacher for a category")),
    ),
  ];
};

/** What this person sorted last, to be taken back in another session too. @param {{view: View, act: Act}} props */
const Picks = ({ view: { picks }, act }) =>
  h(
    "ul",
    { class: "unmatched-list for-owners", "aria-label": t("Sorted by you") },
    picks.map(({ category, instructions, at }) =>
      h(
        "li",
        { key: `${at} ${category}`, class: "small" },
        instructions.length === 1
          ? t("You sorted 1 instruction into {category}", { category })
          : t("You sorted {n} instructions into {category}", { n: number(instructions.length), category }),
        " · ",
        h(Ago, { iso: at }),
        " ",
        h(Button, { small: true, onClick: () => act("take_back", { instructions }) }, t("Undo")),
      )
    ),
  );
