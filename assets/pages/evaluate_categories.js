// @ts-check
// Which rubric helps, and which harms: what the instructions of each category gained.
import { Foreign, Notice, Scroll } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useEffect, useState } from "../lib/view.js";
import { saidWord, signed, signedInterval } from "./evaluate_words.js";

/** @typedef {{mean: number, low: number | null, high: number | null, says: "better" | "worse" | "unclear" | null}} Gain */
/** @typedef {{category: string | null, n: number, by_rubric: Gain | null, by_training: Gain | null}} Category */

/** @param {{ask: import("../lib/view.js").Ask, figure: import("./evaluate_figures.js").Figure, against: string}} props */
export const Categories = ({ ask, figure, against }) => {
  const [rows, setRows] = useState(/** @type {Category[] | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const open = async (/** @type {any} */ event) => {
    if (event.target.open) await load();
  };
  const load = async () => {
    const { key: model, test_set, metric } = figure;
    const found = await ask("by_category", { test_set, model, metric, against });
    setError(found.error ?? null);
    setRows(found.categories ?? null);
  };
  useEffect(() => setRows(null), [figure.key, figure.test_set, figure.metric]);
  return h(
    "details",
    { ontoggle: open, key: `${figure.key} ${figure.metric}` },
    h("summary", {}, t("By category: which rubric helps, which harms")),
    h(Notice, {}, said(error)),
    rows && h(Table, { rows }),
  );
};

/** @param {{rows: Category[]}} props */
const Table = ({ rows }) =>
  h(
    Scroll,
    { label: t("By category") },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [t("category"), t("instructions"), t("self-revision over draft"), t("draft over the other model's")].map((
            head,
          ) => h("th", { key: head, scope: "col" }, head)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            { key: row.category ?? "" },
            h("th", { scope: "row" }, row.category ? h(Foreign, { text: row.category }) : t("no rubric matches")),
            h("td", {}, number(row.n)),
            h("td", {}, gain(row.by_rubric)),
            h("td", {}, gain(row.by_training)),
          )
        ),
      ),
    ),
  );

/** @param {Gain | null} one */
const gain = (one) =>
  one
    ? [
      signed(one.mean),
      " ",
      one.low !== null &&
      h("small", {}, [signedInterval(one), saidWord(one.says)].filter(Boolean).join(" · ")),
    ]
    : "–";
