// @ts-check
// What is known of an item in a few words: why it comes, its category, and who wrote its revision.
import { FOREIGN } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {import("./review_item.js").Item} Item */

/** @param {{item: Item}} props */
export const Chips = ({ item }) => [
  item.reason && h("span", { class: "chip", title: t("Why it comes here in this order") }, said(item.reason)),
  item.slots > 1 && h(
    "span",
    { class: "chip", title: t("So many people are asked about this item") },
    t("{n} people wanted", { n: item.slots }),
  ),
  h(Category, { item }),
  item.stale && item.written_against && h(Stale, { item, against: item.written_against }),
  h(Author, { item }),
];

/** @param {{item: Item}} props */
const Category = ({ item }) => {
  const { assignment, category } = item;
  const how = item.sorted
    ? t("Mean inner product with the category's members; sorted here by the data set")
    : t("Mean inner product with the category's members");
  if (!category && !assignment) return h("span", { class: "chip" }, t("category: not assigned yet"));
  if (category) {
    return h("span", { class: "chip", title: how }, h("span", FOREIGN, category), h("small", FOREIGN, near(item)));
  }
  const similarity = assignment?.similarity.toFixed(2);
  const none = t("no matching rubric (nearest {similarity}, below the floor)", { similarity });
  return h("span", { class: "chip warn", title: how }, none);
};

/** How near the instruction is to its category and to the next one. @param {Item} item */
const near = ({ assignment, category }) => {
  if (!assignment?.category) return "";
  const { similarity, runner_up: next, runner_up_similarity: further } = assignment;
  if (assignment.category !== category) {
    return ` · ${t("nearest: {category}", { category: assignment.category })} ${similarity.toFixed(2)}`;
  }
  const second = next && next !== category
    ? ` · ${t("next: {category}", { category: next })} ${further.toFixed(2)}`
    : "";
  return ` ${similarity.toFixed(2)}${second}`;
};

/** @param {{item: Item, against: [string, number]}} props */
const Stale = ({ item, against: [category, n] }) =>
  h(
    "span",
    { class: "chip warn", title: t("Written against other criteria than the category now has") },
    category === item.rubric?.category
      ? t("stale: written against v{n}", { n })
      : t("stale: written against {category} v{n}", { category, n }),
  );

/** @param {{item: Item}} props */
const Author = ({ item }) => {
  if (item.revision_author === "reference") {
    const why = t("No teacher model is set: this is the data set's own reference answer, not an edit of the draft");
    return h("span", { class: "chip warn", title: why }, t("teacher: reference answer"));
  }
  const isAnothers = item.decided_by && item.final_text !== null && item.final_text !== item.revision;
  const author = isAnothers ? item.decided_by : item.revision_author ?? "–";
  return h("span", { class: "chip", title: t("Who wrote the revision") }, t("by: {name}", { name: said(author) }));
};
