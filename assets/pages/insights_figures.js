// @ts-check
// How revisions fare with people: by category, criterion, teacher or annotator.
import { Card, Scroll, Segments } from "../lib/parts.js";
import { duration, number, percent, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Legend, RateTold, Single, Stacked } from "./insights_bars.js";

/** @typedef {"category" | "criterion" | "teacher" | "annotator"} By */
/** @typedef {import("./insights_bars.js").Rates & {name: string, n: number, edit_size: number | null,
 *   changed: number | null, seconds: number | null, timed: number}} Group */
/** @typedef {{by: By, all: Group | null, groups: Group[]}} Figures */

/** What figures can be grouped by: the head of the column, and the choice. @returns {Record<By, [string, string]>} */
const groupings = () => ({
  category: [t("category"), t("by category")],
  criterion: [t("criterion"), t("by criterion")],
  teacher: [t("teacher"), t("by teacher")],
  annotator: [t("annotator"), t("by annotator")],
});

/** What the address says to group by. @param {string} search @returns {By} */
export const byOf = (search) => {
  const by = new URLSearchParams(search).get("by");
  return by === "criterion" || by === "teacher" || by === "annotator" ? by : "category";
};

/** @param {{figures: Figures, all: Group, by: By, onGroup: (by: By) => void}} props `by` is what was asked for last. */
export const FiguresCard = ({ figures, all, by, onGroup }) =>
  h(
    Card,
    {
      title: t("How revisions fare"),
      about: t("{n} verdicts that stand", { n: number(all.n) }),
      tools: h(Groupings, { by, onGroup }),
    },
    h(Legend, {}),
    figures.groups.length ? h(Scroll, { label: t("How revisions fare") }, h(Table, { figures })) : h(
      "div",
      { class: "body soft small" },
      t("None of the decided revisions names a criterion that an edit serves."),
    ),
  );

/** @param {{by: By, onGroup: (by: By) => void}} props */
const Groupings = ({ by, onGroup }) =>
  Segments({
    label: t("By"),
    value: by,
    options: Object.entries(groupings()).map(([value, [, label]]) => [/** @type {By} */ (value), label]),
    onChange: onGroup,
  });

/** @param {{figures: Figures}} props */
const Table = ({ figures: { by, groups } }) => {
  const longest = Math.max(...groups.map(({ seconds }) => seconds ?? 0));
  const heads = [
    groupings()[by][0],
    t("accepted as it is · edited · rejected"),
    t("edit size"),
    t("people changed"),
    t("time per item"),
    t("verdicts"),
  ];
  return h(
    "table",
    { class: "plain insights" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((text, i) => h("th", { key: i, scope: "col", class: i === 1 ? "left" : undefined }, text)),
      ),
    ),
    h("tbody", {}, groups.map((group) => h(Row, { key: group.name, group, by, longest }))),
  );
};

/** @param {{group: Group, by: By, longest: number}} props `longest` is the time of the slowest group. */
const Row = ({ group, by, longest }) => {
  const { name, n, edit_size, changed, seconds, timed } = group;
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row", dir: name ? "auto" : undefined, lang: name ? "" : undefined },
      name || (by === "category" ? t("no category") : "–"),
    ),
    h(
      "td",
      { class: "left wide" },
      h(Stacked, { rates: group }),
      h(
        "span",
        {},
        h("b", {}, h(RateTold, { rate: group.accept })),
        " · ",
        h(RateTold, { rate: group.edit }),
        " · ",
        h(RateTold, { rate: group.reject }),
      ),
    ),
    h(Measure, {
      label: t("edit size"),
      why: t("The mean share of words that the teacher changed"),
      value: edit_size,
      most: 1,
      text: percent(edit_size),
    }),
    h(Measure, {
      label: t("people changed"),
      why: t("The mean share of words that people changed in what they edited"),
      value: changed,
      most: 1,
      text: percent(changed),
    }),
    h(Measure, {
      label: t("time per item"),
      why: t("Median of {n} decisions made one at a time", { n: number(timed) }),
      value: seconds,
      most: longest,
      text: seconds === null ? "–" : duration(seconds),
    }),
    h("td", { class: "num", "data-label": t("verdicts") }, number(n)),
  );
};

/** @param {{label: string, why: string, value: number | null, most: number, text: string}} props */
const Measure = ({ label, why, value, most, text }) =>
  h("td", { "data-label": label, title: why }, h(Single, { value: value ?? 0, most }), text);
