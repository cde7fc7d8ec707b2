// @ts-check
// One item in Browse's list, and the heads of the list's columns.
import { Ago } from "../lib/ago.js";
import { Foreign } from "../lib/parts.js";
import { changed, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/**
 * @typedef {object} Item Texts are cut to a preview. One that `waits` can be decided by the person who looks at it.
 * @property {number} id @property {string} state @property {boolean} waits @property {string} instruction
 * @property {string} draft @property {string | null} note @property {string | null} category
 * @property {number | null} similarity @property {number | null} edit_size @property {string | null} teacher
 * @property {string} dataset @property {number | null} round @property {string} author @property {string[]} deciders
 * @property {string | null} decided_at
 */
/** @typedef {import("../lib/view.js").Child} Child */

/**
 * One item. Its parts are functions and no components: fifty rows are drawn in half the time without their keeping.
 * @param {{item: Item, state: [string, string, string] | undefined, isTicked: boolean,
 *   onTick: (id: number, withRange: boolean) => void}} props `state` is its state's name, sign and word.
 */
export const Row = ({ item, state: [, sign, word] = ["", "", item.state], isTicked, onTick }) =>
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
      h("span", { class: `state ${item.state}` }, h("i", { "aria-hidden": "true" }, sign), word),
      texts(item),
      category(item),
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
      decided(item),
    ),
  );

/** @param {Item} item */
const texts = ({ instruction, draft, note }) =>
  h(
    "span",
    { class: "texts" },
    Foreign({ tag: "b", text: instruction }),
    Foreign({ class: "soft", text: draft }),
    note && Foreign({ class: "soft", title: t("Note"), text: `✎ ${note}` }),
  );

/** @param {Item} item */
const category = ({ category: name, similarity }) =>
  h(
    "span",
    { class: "about", ...(name ? UNKNOWN : {}) },
    name ?? (similarity === null ? t("not assigned yet") : t("no matching rubric")),
    h("small", { class: "num", title: t("Similarity to the category's members") }, similarity?.toFixed(2) ?? ""),
  );

/** @param {Item} item */
const decided = ({ id, deciders, decided_at: at }) =>
  h(
    "span",
    { class: "about", ...(deciders.length ? UNKNOWN : {}) },
    deciders.join(", ") || "–",
    h("small", {}, at ? Ago({ iso: at }) : t("item {n}", { n: id })),
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
