// @ts-check
// One item in Browse's list, and the heads of the list's columns.
import { Ago, Foreign } from "../lib/parts.js";
import { changed, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { states } from "./browse_names.js";

/**
 * @typedef {object} Item Texts are cut to a preview. One that `waits` can be decided by the person who looks at it.
 * @property {number} id @property {string} state @property {boolean} waits @property {string} instruction
 * @property {string} draft @property {string | null} note @property {string | null} category
 * @property {number | null} similarity @property {number | null} edit_size @property {string | null} teacher
 * @property {string} dataset @property {number | null} round @property {string} author @property {string[]} deciders
 * @property {string | null} decided_at
 */
/** @typedef {import("../lib/view.js").Child} Child */

/** @param {{item: Item, isTicked: boolean, onTick: (id: number, withRange: boolean) => void}} props */
export const Row = ({ item, isTicked, onTick }) =>
  h(
    "li",
    {},
    h(
      "label",
      { class: "tick" },
      item.waits && h("input", {
        type: "checkbox",
        class: "yields",
        checked: isTicked,
        "aria-label": t("Tick item {n}", { n: item.id }),
        onclick: (/** @type {MouseEvent} */ event) => onTick(item.id, event.shiftKey),
      }),
    ),
    h(
      "a",
      { href: `/?item=${item.id}`, class: `row ${item.state}`, "data-item": item.id },
      h(State, { item }),
      h(Texts, { item }),
      h(Category, { item }),
      h(
        "span",
        { class: "about" },
        item.edit_size === null ? "–" : changed(item.edit_size),
        h("small", { dir: "auto", lang: "" }, said(item.teacher) ?? ""),
      ),
      h(
        "span",
        { class: "about", dir: "auto", lang: "" },
        item.dataset,
        h("small", {}, item.round ? t("round {n}", { n: item.round }) : said(item.author)),
      ),
      h(Decided, { item }),
    ),
  );

/** @param {{item: Item}} props */
const State = ({ item }) => {
  const [, sign, word] = states().find(([name]) => name === item.state) ?? ["", "", item.state];
  return h("span", { class: `state ${item.state}` }, h("i", { "aria-hidden": "true" }, sign), word);
};

/** @param {{item: Item}} props */
const Texts = ({ item }) =>
  h(
    "span",
    { class: "texts" },
    h(Foreign, { tag: "b", text: item.instruction }),
    h(Foreign, { class: "soft", text: item.draft }),
    item.note && h(Foreign, { class: "soft", title: t("Note"), text: `✎ ${item.note}` }),
  );

/** @param {{item: Item}} props */
const Category = ({ item: { category, similarity } }) =>
  h(
    "span",
    { class: "about", ...(category ? UNKNOWN : {}) },
    category ?? (similarity === null ? t("not assigned yet") : t("no matching rubric")),
    h("small", { class: "num", title: t("Similarity to the category's members") }, similarity?.toFixed(2) ?? ""),
  );

/** @param {{item: Item}} props */
const Decided = ({ item: { id, deciders, decided_at: at } }) =>
  h(
    "span",
    { class: "about", ...(deciders.length ? UNKNOWN : {}) },
    deciders.join(", ") || "–",
    h("small", {}, at ? h(Ago, { iso: at }) : t("item {n}", { n: id })),
  );

const UNKNOWN = { dir: "auto", lang: "" };

/**
 * What the columns hold, each with its second line, and the tick of the whole page.
 * @param {{extent: {isPossible: boolean, all: boolean, some: boolean}, onTick: () => void}} props
 */
export const Heads = ({ extent, onTick }) =>
  h(
    "div",
    { class: "heads" },
    h(
      "label",
      { class: "tick" },
      h("input", {
        type: "checkbox",
        class: "yields",
        checked: extent.all,
        indeterminate: extent.some,
        disabled: !extent.isPossible,
        "aria-label": t("Tick all on this page that wait for you"),
        onclick: onTick,
      }),
      h("span", { class: "off-wide" }, t("Tick all on this page that wait for you")),
    ),
    h(
      "div",
      { class: "columns" },
      h(Head, { first: t("State") }),
      h(Head, { first: t("Instruction"), second: t("Draft") }),
      h(Head, { first: t("Category"), second: t("Similarity") }),
      h(Head, { first: t("Edit size"), second: t("Teacher") }),
      h(Head, { first: t("Data set"), second: t("Drafted by") }),
      h(Head, { first: t("Decided by"), second: t("When") }),
    ),
  );

/** @param {{first: string, second?: string}} props */
const Head = ({ first, second }) => h("span", { class: "about" }, first, second && h("small", {}, second));
