// @ts-check
// What came of a race on one test set: each method beside the first, how often it won, and its loss over the budget.
import { Chart } from "../lib/chart/chart.js";
import { Foreign, Scroll } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { aspectName } from "./comparisons_names.js";
import { answerName, saidWord, signed, three } from "./evaluate_words.js";
import { cellOf, columns, overBudget } from "./race_figures.js";
import { columnName, judgedBy, methodName } from "./race_words.js";

/** @typedef {import("./race_figures.js").Race} Race */
/** @typedef {import("./race_figures.js").SetTable} SetTable */
/** @typedef {import("./race_figures.js").Cell} Cell */
/** @typedef {import("./race_figures.js").Counts} Counts */
/** @typedef {import("./race_figures.js").Judged} Judged */
/** @typedef {import("./race_words.js").Given} Given */

const ASPECTS = ["overall", "articulate", "in_depth", "comprehensive"];

/** How to read what follows, for all test sets. @param {{race: Race, given: Given}} props */
export const Reading = ({ race, given }) => {
  const method = methodName(given, race.settings.methods[0]);
  const { judge } = race.settings;
  return h(
    "div",
    { class: "body soft small reading" },
    h(
      "p",
      {},
      t(
        "The mean with its 95 % interval, the difference to {method}, and the rank: how many are better by test, plus 1.",
        { method },
      ),
      " ",
      t(
        "Best of two: the draft or the self-revision, whichever is nearer; beside it the self-revision of {method}.",
        { method },
      ),
    ),
    h(
      "p",
      {},
      judge
        ? t("How often {method} won, tied and lost against each other method, all seeds together, judged by {judge}.", {
          method,
          judge: judgedBy(given, judge),
        })
        : t("No judge was chosen, so no wins are counted."),
      " ",
      judge === "reference" &&
        t(
          "By reference there is only overall: the other aspects take a judge that reads the texts.",
        ),
    ),
  );
};

/** @param {{race: Race, table: SetTable, given: Given}} props */
export const TestSet = ({ race, table, given }) => {
  const its = race.judged.filter((one) => one.dataset === table.dataset);
  return h(
    "section",
    { class: "race-set" },
    h(
      "h3",
      {},
      h(Foreign, { text: measuredOn(table.dataset) }),
      h("small", {}, t("{n} answers", { n: number(table.rows) })),
    ),
    h(Figures, { table, given }),
    its.length > 0 && h(Wins, { race, its, given, table }),
    h(OverBudget, { race, table, given }),
  );
};

/** @param {{table: SetTable, given: Given}} props */
const Figures = ({ table, given }) => {
  const shown = columns(table);
  return h(
    Scroll,
    { label: measuredOn(table.dataset) },
    h(
      "table",
      { class: "plain measured raced" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, t("method")),
          shown.map((one) => h("th", { key: columnName(given, one), scope: "col" }, columnName(given, one))),
        ),
      ),
      h(
        "tbody",
        {},
        table.lines.map((line) =>
          h(
            "tr",
            { key: line.method },
            h("th", { scope: "row" }, line.method ? methodName(given, line.method) : t("where all began")),
            shown.map((one) => h("td", { key: columnName(given, one) }, figure(cellOf(line, one)))),
          )
        ),
      ),
    ),
  );
};

/** @param {Cell | null} cell */
const figure = (cell) =>
  cell === null ? "–" : [
    h("b", { key: "mean" }, three(cell.mean)),
    " ",
    cell.low !== null && h("small", { key: "interval" }, `${three(cell.low)}–${three(cell.high)}`),
    cell.difference !== null &&
    h("small", { key: "difference", class: `difference ${cell.says ?? ""}` }, differenceTold(cell)),
    h("small", { key: "rank", class: "rank" }, t("rank {n}", { n: cell.rank })),
  ];

/** @param {Cell} cell */
const differenceTold = ({ difference, difference_low: low, difference_high: high, says }) =>
  [`${signed(difference)}${low === null ? "" : ` (${signed(low)} – ${signed(high)})`}`, saidWord(says)].filter(Boolean)
    .join(" ");

/** @param {{race: Race, its: Judged[], given: Given, table: SetTable}} props */
const Wins = ({ race, its, given, table }) => {
  const against = t("{method} against", { method: methodName(given, race.settings.methods[0]) });
  const heads = [against, t("answers"), ...ASPECTS.map(aspectName), t("inconsistent or invalid")];
  return h(
    Scroll,
    { label: t("Wins, {name}", { name: measuredOn(table.dataset) }) },
    h(
      "table",
      { class: "plain wins" },
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { key: head, scope: "col" }, head)))),
      h("tbody", {}, its.map((one) => h(WinsRow, { key: `${one.second} ${one.answer}`, one, given }))),
    ),
  );
};

/** @param {{one: Judged, given: Given}} props */
const WinsRow = ({ one, given }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, methodName(given, one.second)),
    h("td", {}, answerName(one.answer)),
    one.reason && !Object.keys(one.rates).length ? h("td", { class: "why left", colspan: 5 }, said(one.reason)) : [
      ...ASPECTS.map((aspect) => h("td", { key: aspect }, counts(one.rates[aspect]))),
      h("td", { key: "unsure" }, unsure(one.rates.overall)),
    ],
  );

/** Both bad is a tie of two bad answers. @param {Counts | undefined} rate */
const counts = (rate) =>
  rate ? `${number(rate.wins)} – ${number(rate.ties + rate.both_bad)} – ${number(rate.losses)}` : "";

/** @param {Counts | undefined} rate */
const unsure = (rate) => rate ? number(rate.inconsistent + rate.invalid) : "";

/** @param {{race: Race, table: SetTable, given: Given}} props */
const OverBudget = ({ race, table, given }) => {
  const series = table.lines.filter((line) => line.method).map((line) => ({
    name: methodName(given, line.method),
    points: overBudget(race, table, line),
  })).filter((one) => one.points.length);
  return series.length > 0 && h(
    "div",
    { class: "body" },
    h(Chart, {
      title: t("Quality over budget, {name}", { name: measuredOn(table.dataset) }),
      along: t("tokens spent by a run"),
      value: said(given.metrics.loss) ?? "",
      series,
    }),
  );
};
