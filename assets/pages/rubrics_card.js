// @ts-check
// The card of a category: its rubric, its numbers, and the buttons that open its forms.
import { Button, Foreign } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Criteria } from "./rubrics_criteria.js";

/** @typedef {import("../lib/view.js").Child} Child */
/** @typedef {import("./rubrics.js").Category} Category */
/** @typedef {import("./rubrics.js").Mode} Mode */

/**
 * @param {{category: Category, id: string, mode: Mode | null, isAlone: boolean, told: Child, onMode: (mode: Mode) => void,
 *   onRevise: (expected: number) => void, children?: Child}} props `mode` of the form that is open in it, its `children`.
 */
export const CategoryCard = ({ category, id, mode, isAlone, told, onMode, onRevise, children }) =>
  h(
    "section",
    { class: `card category${mode ? " open" : ""}`, "data-name": category.name, "aria-labelledby": id },
    h(Title, { category, id }),
    mode !== "edit" && [
      h(Foreign, { key: "about", tag: "p", class: "body soft small about", text: category.description }),
      category.rubric && h(Criteria, { key: "criteria", criteria: category.rubric.criteria, isExplained: true }),
    ],
    told,
    h(
      "div",
      { class: "tool", role: "group", "aria-labelledby": id },
      modes(isAlone).map(([one, label, isForOwners]) =>
        h("button", {
          key: one,
          type: "button",
          class: `act small${isForOwners ? " for-owners" : ""}`,
          "data-mode": one,
          "aria-expanded": String(mode === one),
          onclick: (/** @type {MouseEvent} */ event) => event.detail < 2 && onMode(one),
        }, label)
      ),
      h("span", { class: "grow" }),
      h(Stale, { n: category.stale, category: category.name, onRevise }),
    ),
    children,
  );

/** What can be done with a category, and whether by owners alone. @param {boolean} isAlone */
const modes = (isAlone) => /** @type {[Mode, string, boolean][]} */ ([
  ["edit", t("Edit"), true],
  ["rename", t("Rename"), true],
  !isAlone && ["merge", t("Merge"), true],
  ["members", t("Members"), false],
  ["history", t("History"), false],
].filter(Boolean));

/** @param {{category: Category, id: string}} props */
const Title = ({ category: { name, rubric, members, assigned }, id }) =>
  h(
    "h2",
    {},
    h("span", { dir: "auto", lang: "", id }, name),
    h(
      "small",
      {},
      rubric && t("v{version} by {author}", { version: rubric.version, author: said(rubric.author) }),
    ),
    h("span", { class: "grow" }),
    h(
      "small",
      { class: "num" },
      t("{members} sorted · {assigned} assigned", { members: number(members), assigned: number(assigned) }),
    ),
  );

/**
 * How many revisions are stale, in a category or (null) in all, and a button to have them revised again.
 * @param {{n: number, category: string | null, onRevise: (expected: number) => void}} props
 */
export const Stale = ({ n, category, onRevise }) =>
  n > 0 && [
    h("a", {
      key: "which",
      class: "chip warn",
      href: `/browse?stale=1${category === null ? "" : `&category=${encodeURIComponent(category)}`}`,
      title: t("Revisions that wait and were written against other criteria than these"),
    }, n === 1 ? t("1 stale revision") : t("{n} stale revisions", { n: number(n) })),
    h(
      "span",
      { key: "again", class: "for-owners" },
      h(
        Button,
        { small: true, onClick: () => onRevise(n) },
        n === 1 ? t("Revise 1 again") : t("Revise {n} again", { n: number(n) }),
      ),
    ),
  ];
