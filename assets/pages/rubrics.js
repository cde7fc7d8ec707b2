// @ts-check
// The Rubrics page: a card for each category with its criteria, what is stale, and the one form that is open.
import { changedCategories, number, onCounts, said, stayUntil, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useLayoutEffect, useRef, useState } from "../lib/view.js";
import { CategoryCard, Stale } from "./rubrics_card.js";
import { Edit } from "./rubrics_edit.js";
import { History } from "./rubrics_history.js";
import { Members } from "./rubrics_members.js";
import { Merge, Rename } from "./rubrics_names.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {{name: string, good: string, bad: string}} Criterion */
/** @typedef {{version: number, author: string, criteria: Criterion[]}} Rubric */
/** @typedef {{name: string, description: string, members: number, assigned: number, stale: number,
 *   rubric: Rubric}} Category Without its rubric where it has none yet. */
/** @typedef {{floor: number, categories: Category[], stale: number, limits: {criteria: number}}} View */
/** @typedef {"edit" | "rename" | "merge" | "members" | "history"} Mode */
/** @typedef {(sentence?: string, name?: string) => Promise<void>} Close With what was done, to the category of this name. */
/** @typedef {{ask: Ask, category: Category, newest: Category, others: Category[], most: number, reload: () => Promise<void>,
 *   close: Close, isTyped: {current: boolean}}} FormProps `category` and `others` as they were when the form was opened;
 *   `most` criteria; the form tells by `isTyped` whether something would be lost with it. */

const NOTHING = {};
const FORMS = { edit: Edit, rename: Rename, merge: Merge, members: Members, history: History };

/** @param {{ask: Ask}} props */
export default ({ ask }) => {
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}} */ (
      useAsked(ask, "categories", NOTHING)
    );
  const [open, setOpen] = useState(/** @type {{name: string, mode: Mode, view: View} | null} */ (null));
  const [notice, setNotice] = useState({ text: "", name: "", isBad: false });
  const [back, setBack] = useState(/** @type {{name: string, mode: Mode} | null} */ (null));
  const page = useRef(/** @type {HTMLElement | null} */ (null));
  const isTyped = useRef(false);
  useEffect(() => onCounts(reload), []);
  useEffect(() => stayUntil(() => !isTyped.current), []);
  useLayoutEffect(() => {
    if (back) buttonOf(page.current, back)?.focus({ preventScroll: true });
  }, [back]);

  /** @type {Close} */
  const close = async (text = "", name = open?.name ?? "") => {
    if (text) {
      await reload();
      changedCategories();
    }
    isTyped.current = false;
    setOpen(null);
    setNotice({ text, name, isBad: false });
    setBack(open && { name, mode: open.mode });
  };
  const start = (/** @type {string} */ name, /** @type {Mode} */ mode) => {
    if (isTyped.current && open?.mode !== "edit" && !confirm(t("What you typed here is not saved. Leave it?"))) return;
    if (open?.name === name && open.mode === mode) return close();
    isTyped.current = false;
    setNotice({ text: "", name: "", isBad: false });
    if (view) setOpen({ name, mode, view });
  };
  const revise = async (/** @type {number} */ expected, /** @type {string | null} */ category) => {
    const answer = await ask("revise_stale", { expected, category });
    setNotice({ text: answer.error ?? "", name: category ?? "", isBad: true });
    reload();
  };

  if (!view) return h("div", { class: "page" }, h(Told, { text: error ?? "", isBad: true }));
  // What is being typed in stays, though somebody else renames or merges its category meanwhile.
  const shown = open && open.mode !== "history" ? open.view : view;
  const find = (/** @type {string} */ name) => view.categories.find((one) => one.name === name);
  const form = (/** @type {Category} */ category) =>
    open?.name === category.name && h(FORMS[open.mode], {
      key: open.mode,
      ...{ ask, category, reload, close, isTyped, most: view.limits.criteria, newest: find(category.name) ?? category },
      others: shown.categories.filter((one) => one !== category),
    });
  const told = (/** @type {string} */ name) => h(Told, { text: notice.text, isBad: notice.isBad, key: name });
  const isOnCard = shown.categories.some(({ name }) => name === notice.name);
  return h(
    "div",
    { class: "page", ref: page },
    !isOnCard && told(""),
    h(Bar, { view: shown, onRevise: (n) => revise(n, null) }),
    shown.categories.length === 0 && h(NoCategories, {}),
    h(
      "div",
      { class: "cards categories" },
      shown.categories.map((category, at) =>
        h(CategoryCard, {
          key: category.name,
          category,
          id: `category-${at}`,
          mode: open?.name === category.name ? open.mode : null,
          isAlone: shown.categories.length === 1,
          told: isOnCard && notice.name === category.name && told(category.name),
          onMode: (mode) => start(category.name, mode),
          onRevise: (n) => revise(n, category.name),
        }, form(category))
      ),
    ),
  );
};

/** The button that opened a form; of a category that is gone, the first one. @param {HTMLElement | null} page
 * @param {{name: string, mode: Mode}} back @returns {HTMLElement | null | undefined} */
const buttonOf = (page, { name, mode }) => {
  const cards = /** @type {HTMLElement[]} */ ([...page?.querySelectorAll(".category") ?? []]);
  const card = cards.find((one) => one.dataset.name === name);
  return card?.querySelector(`[data-mode=${mode}]`) ?? page?.querySelector(".category button");
};

/** What was done, or went wrong, brought into view. @param {{text: string, isBad: boolean}} props */
const Told = ({ text, isBad }) => {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => box.current?.scrollIntoView({ block: "nearest" }), [text]);
  return text && h("div", { class: "notice", role: isBad ? "alert" : "status", ref: box }, said(text));
};

/** What holds for all categories. @param {{view: View, onRevise: (expected: number) => void}} props */
const Bar = ({ view: { categories, stale, floor }, onRevise }) =>
  h(
    "div",
    { class: "bar" },
    h(
      "span",
      { class: "num" },
      categories.length === 1 ? t("1 category") : t("{n} categories", { n: number(categories.length) }),
    ),
    h(Stale, { n: stale, category: null, onRevise }),
    h("span", { class: "grow" }),
    h("span", {}, t("no matching rubric below a mean similarity of {floor}", { floor: floor.toFixed(2) })),
  );

const NoCategories = () =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("There are no categories yet")),
    h("p", {}, t("The bundled curriculum brings the first ones.")),
  );
