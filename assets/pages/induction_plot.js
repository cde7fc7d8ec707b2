// @ts-check
// How a data set is sorted: its categories by size, each with a few of its instructions.
import { Foreign, Turns } from "../lib/parts.js";
import { number, onCategories, percent, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useState } from "../lib/view.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {{id: number, instruction: string, input: string, turns: import("../lib/parts.js").Turn[]}} Example */

const OTHER = ""; // no category has this name

/** @param {{ask: Ask, view: import("./induction.js").View}} props */
export const Plot = ({ ask, view: { dataset, categories, sorted, other, is_much } }) => {
  if (!categories.length && !other) {
    return h("p", { class: "body small soft" }, t("Nothing of this data set is sorted into categories yet."));
  }
  const most = Math.max(other, ...categories.map(({ members }) => members));
  const row = (/** @type {string} */ name, /** @type {number} */ n) =>
    h(OneCategory, { key: name, ask, dataset, name, n, share: shareOf(n, sorted + other), part: n / most });
  return [
    is_much && h(
      "p",
      { key: "much", class: "notice", role: "status" },
      t("{share} of the instructions fit no category (“other”): allow more categories, or ask for one for them.", {
        share: shareOf(other, sorted + other),
      }),
    ),
    h(
      "ul",
      { key: "plot", class: "plotted", "aria-label": t("Categories by size") },
      categories.map(({ name, members }) => row(name, members)),
      other > 0 && row(OTHER, other),
    ),
  ];
};

/** @param {number} n @param {number} all */
const shareOf = (n, all) => percent(n / Math.max(1, all));

/**
 * @param {{ask: Ask, dataset: string, name: string, n: number, share: string, part: number}} props `part` of the length
 *   that the largest one has.
 */
const OneCategory = ({ ask, dataset, name, n, share, part }) => {
  const [isOpen, setOpen] = useState(false);
  const isOther = name === OTHER;
  return h(
    "li",
    {},
    h(
      "details",
      {
        open: isOpen,
        "data-category": name,
        ontoggle: (/** @type {any} */ event) => setOpen(event.currentTarget.open),
      },
      h(
        "summary",
        {},
        isOther ? h("b", {}, t("other")) : h(Foreign, { tag: "b", text: name }),
        h(
          "svg",
          { class: "bars", viewBox: "0 0 100 16", "aria-hidden": "true", preserveAspectRatio: "none" },
          h("line", { class: isOther ? "left" : "size", x1: 0, x2: 100 * part, y1: 8, y2: 8 }),
        ),
        h("span", { class: "num" }, number(n), " ", h("small", {}, share)),
      ),
      isOpen && h(Examples, { ask, dataset, category: isOther ? null : name }),
    ),
  );
};

/** @param {{ask: Ask, dataset: string, category: string | null}} props `category` null: what fits none. */
const Examples = ({ ask, dataset, category }) => {
  const { answer, reload } =
    /** @type {{answer: {examples: Example[]} | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}} */ (
      useAsked(ask, "induction_examples", { dataset, category })
    );
  useEffect(() => onCategories(reload), []);
  if (!answer) return h("p", { class: "soft small" }, t("Fetching examples …"));
  return h(
    "ul",
    {},
    answer.examples.map(({ id, instruction, input, turns }) =>
      h(
        "li",
        { key: id },
        h(Foreign, { text: instruction }),
        input && h(Foreign, { tag: "small", text: input }),
        h(Turns, { turns }),
      )
    ),
  );
};
