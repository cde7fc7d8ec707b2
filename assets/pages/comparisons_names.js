// @ts-check
// What judges, aspects and outcomes are called, and the bar of a rate.
import { percent, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @param {string} aspect @returns {string} */
export const aspectName = (aspect) =>
  ({
    overall: t("overall"),
    articulate: t("Articulate"),
    in_depth: t("In-depth"),
    comprehensive: t("Comprehensive"),
  })[aspect] ?? aspect;

/** @param {string} outcome @returns {string} */
export const outcomeName = (outcome) =>
  ({
    win: t("won"),
    tie: t("tie"),
    loss: t("lost"),
    inconsistent: t("inconsistent"),
    both_bad: t("both bad"),
    invalid: t("invalid"),
  })[outcome] ?? outcome;

/** @param {string} count @returns {string} */
export const countName = (count) =>
  ({
    wins: t("wins"),
    ties: t("ties"),
    losses: t("losses"),
    inconsistent: t("inconsistent"),
    both_bad: t("both bad"),
    invalid: t("invalid"),
  })[count] ?? count;

/** Closeness is no opinion, and its name says so. @param {{source: string, judge_name: string}} by @returns {string} */
export const judgeName = ({ source, judge_name: name }) =>
  source === "reference" ? t("closeness to the accepted answer ({measure})", { measure: said(name) }) : name;

/** @param {{low: number | null, high: number | null}} of */
export const interval = ({ low, high }) => low === null || high === null ? "" : `${percent(low)}–${percent(high)}`;

/**
 * A share with its interval on a line from 0 to 100 %, which is marked in the middle.
 * @param {{mean: number | null, low: number | null, high: number | null}} props
 */
export const ShareBar = ({ mean, low, high }) =>
  mean === null ? "–" : h(
    "svg",
    { class: "share-bar", role: "img", "aria-label": `${percent(mean)} (${interval({ low, high })})` },
    h("line", { class: "whole", x1: "0", x2: "100%", y1: 8, y2: 8 }),
    h("line", { class: "half", x1: "50%", x2: "50%", y1: 0, y2: 16 }),
    low !== null && high !== null &&
      h("line", { class: "interval", x1: `${100 * low}%`, x2: `${100 * high}%`, y1: 8, y2: 8 }),
    h("circle", { cx: `${100 * mean}%`, cy: 8, r: 4.5 }),
  );
