// @ts-check
// One test set: its chart along the rounds, the point that was opened down to its texts, and the table of all figures.
import { Chart } from "../lib/chart/chart.js";
import { Card, Foreign, Scroll, Select } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Categories } from "./evaluate_categories.js";
import { distinct, lines, rows } from "./evaluate_figures.js";
import { OverlapFold } from "./evaluate_overlap.js";
import { Texts } from "./evaluate_texts.js";
import {
  answerName,
  chartTitle,
  differenceTold,
  figureName,
  interval,
  metricName,
  modelName,
  relationName,
  signed,
  signedInterval,
  three,
  turnSaid,
} from "./evaluate_words.js";

/** @typedef {import("./evaluate_figures.js").MeasuredSet} MeasuredSet */
/** @typedef {import("./evaluate_figures.js").Figure} Figure */
/** @typedef {import("../lib/view.js").Ask} Ask */

/** @param {{set: MeasuredSet, ask: Ask}} props */
export const TestSet = ({ set, ask }) => {
  const metrics = Object.keys(set.metrics);
  const [wanted, setMetric] = useState("");
  const [opened, setOpened] = useState(/** @type {{model: number, answer: string} | null} */ (null));
  const metric = metrics.includes(wanted) ? wanted : metrics[0];
  const found = opened &&
    set.figures.find((one) => one.metric === metric && one.model === opened.model && one.answer === opened.answer);
  const drawn = lines(set, metric);
  const turns = set.turns.filter((turn) => turn.metric === metric);
  const testSet = set.figures.find((figure) => figure.test_set)?.test_set;
  const n = number(mostAnswers(set));
  const about = (/** @type {string} */ answer, /** @type {number} */ x) =>
    turns.some((turn) => turn.answer === answer && turn.model === set.models[x]) ? t("quality turns here") : undefined;
  return h(
    Card,
    {
      class: "spaced",
      title: h(Foreign, { text: measuredOn(set.name) }),
      about: t("{n} answers · mean and 95 % interval", { n }),
    },
    h(
      "div",
      { class: "body" },
      h(Chart, {
        title: chartTitle(set, metric),
        along: t("model"),
        value: metricName(set, metric),
        tools: h(Select, {
          label: t("metric"),
          value: metric,
          onChange: setMetric,
          options: metrics.map((one) => [one, metricName(set, one)]),
        }),
        places: set.models.map((model, i) => [i, modelName(model)]),
        series: drawn.map(({ answer, points }) => ({
          name: drawn.length > 1 ? answerName(answer) : figureName(set, answer, metric),
          points: points.map((point) => ({ ...point, about: about(answer, point.x) })),
        })),
        onOpen: (series, x) => setOpened({ model: set.models[x], answer: drawn[series].answer }),
      }),
      h("p", { class: "soft small" }, said(set.metrics[metric].about)),
      turns.map((turn) => h("p", { key: turn.answer, class: "turn small" }, turnSaid(set, turn))),
      found ? h(Opened, { set, figure: found, ask }) : h(
        "p",
        { class: "soft small" },
        t("Select a point for its figure; arrow keys move between points, Enter opens one."),
      ),
    ),
    h(Table, { set, metric }),
    metrics.length > 1 && h(
      "details",
      { class: "body all-figures" },
      h("summary", {}, t("All metrics")),
      h(Table, { set }),
    ),
    testSet && h(OverlapFold, { ask, testSet, key: testSet }),
  );
};

/** Whether there are texts behind a figure. @param {Figure} figure */
const isOfAnswers = ({ key, test_set, metric }) => key && test_set && !["forgetting", "win_rate"].includes(metric);

/** @param {{set: MeasuredSet, figure: Figure, ask: Ask}} props */
const Opened = ({ set, figure, ask }) => {
  const { model, answer, metric, value, low, high, n, differences, note, judge } = figure;
  const values = {
    model: modelName(model),
    figure: figureName(set, answer, metric),
    value: three(value),
    interval: interval(low, high),
    n: number(n),
  };
  const shown = distinct(figure);
  const others = /** @type {[string, string][]} */ (shown.map((one) => [one.key, said(one.model) ?? one.model]));
  if (answer === "self-revision") others.push(["draft", t("its own drafts")]);
  return h(
    "div",
    { class: "opened" },
    h(
      "p",
      { role: "status" },
      t("{model}, {figure}: {value} {interval}, {n} answers.", values),
      " ",
      model > 0 && h("a", { href: `/rounds?round=${model}` }, t("Open round {n}", { n: model })),
    ),
    note && h("p", { class: "small soft" }, said(note)),
    shown.length > 0 && h(
      "ul",
      { class: "small differences" },
      shown.map((one) => h("li", { key: one.key, class: one.says ?? "" }, differenceTold(one))),
    ),
    judge &&
      h(
        "p",
        { class: "small" },
        t("judged by {judge}", { judge: said(judge) }),
        " · ",
        h("a", { href: "/comparisons" }, t("Open the comparisons")),
      ),
    isOfAnswers(figure) && h(Categories, { ask, figure, against: differences.at(0)?.key ?? "" }),
    isOfAnswers(figure) &&
      h(Texts, { ask, figure, others, mine: modelName(model), key: `${figure.key} ${answer} ${figure.test_set}` }),
  );
};

/** Of how many answers the heading of a test set speaks. @param {MeasuredSet} set */
const mostAnswers = (set) => Math.max(...set.figures.map((figure) => figure.n));

/** The figures of one metric, or of all. @param {{set: MeasuredSet, metric?: string}} props */
const Table = ({ set, metric: only }) => [
  h(
    Scroll,
    { label: measuredOn(set.name) },
    h(
      "table",
      { class: "plain measured" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", {}),
          set.models.map((model) => h("th", { key: model, scope: "col" }, modelName(model))),
        ),
      ),
      h(
        "tbody",
        {},
        rows(set).filter((row) => !only || row.metric === only).map(({ answer, metric, figures }) =>
          h(
            "tr",
            { key: `${answer} ${metric}` },
            h(
              "th",
              { scope: "row" },
              figureName(set, answer, metric),
            ),
            figures.map((figure, i) => h("td", { key: set.models[i] }, figure ? cell(figure, mostAnswers(set)) : "–")),
          )
        ),
      ),
    ),
  ),
  only && set.figures.some((figure) => figure.metric === only && figure.differences.length) &&
  h(
    "p",
    { class: "body soft small key-to-differences" },
    t("Below a mean: its differences to other models on the rows that both have, with 95 % intervals."),
    " ",
    h("span", { class: "difference better" }, t("Green: better by test.")),
    " ",
    h("span", { class: "difference worse" }, t("Red: worse by test.")),
    " ",
    t("Grey: unclear, or neither direction is better."),
  ),
];

/**
 * A mean with its interval, where it rests on other than `all` answers how many, and the paired differences.
 * @param {Figure} figure @param {number} all
 */
const cell = (figure, all) => [
  three(figure.value),
  " ",
  h("small", {}, interval(figure.low, figure.high)),
  figure.n !== all && h("small", { class: "difference" }, t("on {n} answers only", { n: number(figure.n) })),
  distinct(figure).map((one) =>
    h(
      "small",
      { key: one.key, class: `difference ${one.says ?? ""}` },
      `${signed(one.mean)} ${signedInterval(one)} ${relationName(one)}`,
      one.unshared > 0 && ` ${t("({n} rows)", { n: number(one.n) })}`,
    )
  ),
];
