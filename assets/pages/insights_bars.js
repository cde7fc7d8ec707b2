// @ts-check
// Shares as bars, beside which they always stand as text too.
import { percent, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{count: number, share: number, low: number, high: number}} Rate With its 95 % interval. */
/** @typedef {"accept" | "edit" | "reject"} Verdict */
/** @typedef {Record<Verdict, Rate>} Rates */

const WIDTH = 300;

/** The verdicts, and what they are called. @returns {[Verdict, string][]} */
export const verdicts = () => [
  ["accept", t("accepted as it is")],
  ["edit", t("edited")],
  ["reject", t("rejected")],
];

/** A share and its interval. @param {{rate: Rate}} props @returns {import("../lib/view.js").Child} */
export const RateTold = ({ rate: { share, low, high } }) => [
  percent(share),
  h("small", {}, ` (${Math.round(100 * low)}–${percent(high)})`),
];

/**
 * The stretches of the verdicts that were given, along a line of this width.
 * @param {Rates} rates @param {number} width @returns {{verdict: Verdict, from: number, to: number}[]}
 */
export const stretches = ({ accept, edit, reject }, width) => {
  const [one, two] = [accept.share, accept.share + edit.share].map((end) => width * end);
  /** @type {{verdict: Verdict, count: number, from: number, to: number}[]} */
  const all = [
    { verdict: "accept", count: accept.count, from: 0, to: one },
    { verdict: "edit", count: edit.count, from: one, to: two },
    { verdict: "reject", count: reject.count, from: two, to: width },
  ];
  return all.filter(({ count }) => count > 0).map(({ verdict, from, to }) => ({ verdict, from, to }));
};

/** Three stretches told apart by their pattern too, and the interval of the first. @param {{rates: Rates}} props */
export const Stacked = ({ rates }) =>
  h(
    "svg",
    { class: "bars", viewBox: `0 0 ${WIDTH} 24`, "aria-hidden": "true", preserveAspectRatio: "none" },
    stretches(rates, WIDTH).map(({ verdict, from, to }) => h(Line, { key: verdict, look: verdict, from, to, at: 9 })),
    h(Line, { look: "interval", from: WIDTH * rates.accept.low, to: WIDTH * rates.accept.high, at: 21 }),
  );

/** How much `value` is of `most`. @param {{value: number, most: number}} props */
export const Single = ({ value, most }) =>
  h(
    "svg",
    { class: "bars thin", viewBox: "0 0 100 8", "aria-hidden": "true", preserveAspectRatio: "none" },
    h(Line, { look: "rest", from: 0, to: 100, at: 4 }),
    value > 0 && h(Line, { look: "size", from: 0, to: 100 * value / (most || 1), at: 4 }),
  );

/** What the patterns of `Stacked` mean. */
export const Legend = () =>
  h(
    "p",
    { class: "legend", "aria-hidden": "true" },
    [...verdicts(), ["interval", t("95 % interval of the share accepted as it is")]].map(([look, label]) =>
      h(
        "span",
        { key: look },
        h("svg", { class: "bars key", viewBox: "0 0 26 18" }, h(Line, { look, from: 0, to: 26, at: 9 })),
        label,
      )
    ),
  );

/** @param {{look: string, from: number, to: number, at: number}} props */
const Line = ({ look, from, to, at }) => h("line", { class: look, x1: from, x2: to, y1: at, y2: at });
