// @ts-check
// The Evaluate page: what to measure, and for each test set a chart and a table of the figures.
import { Chart } from "../lib/chart/chart.js";
import { Button, Card, Foreign, Notice, Scroll, Select } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { EvaluateNav } from "../lib/subnav.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { lines, metricsOf, rows } from "./evaluate_figures.js";

/** @typedef {import("./evaluate_figures.js").MeasuredSet} MeasuredSet */
/** @typedef {import("./evaluate_figures.js").Figure} Figure */
/** @typedef {{sets: MeasuredSet[], datasets: string[], models: number[]}} EvaluateView */
/** @typedef {import("../lib/view.js").Ask} Ask */
/** @template T @typedef {import("../lib/view.js").Answered<T>} Answered */

/** @param {{ask: Ask}} props */
export default ({ ask }) => {
  const { answer, error, reload } = /** @type {Answered<EvaluateView>} */ (useAnswer(ask, "metrics"));
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const evaluate = async (/** @type {object} */ asked) => {
    setRefused((await ask("evaluate", asked)).error ?? null);
    reload();
  };
  return h(
    "div",
    { class: "page" },
    h(EvaluateNav, { active: "/evaluate" }),
    h(Notice, {}, said(error ?? refused)),
    answer && h(Form, { models: answer.models, datasets: answer.datasets, evaluate }),
    answer?.sets.map((set) => h(TestSet, { key: set.name, set })),
    answer && !answer.sets.length ? h(Empty, {}) : null,
  );
};

const Empty = () =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("Nothing measured yet")),
    h("p", { class: "for-annotators" }, t("Only an owner may measure models.")),
    h(
      "p",
      { class: "for-owners" },
      t("Choose models and press Evaluate. Each figure comes with its 95 % bootstrap interval and the number of answers."),
    ),
  );

/** @param {{models: number[], datasets: string[], evaluate: (asked: object) => Promise<void>}} props */
const Form = ({ models, datasets, evaluate }) => {
  const [touched, setTouched] = useState(/** @type {number[] | null} */ (null));
  const [dataset, setDataset] = useState("");
  const [items, setItems] = useState("40");
  const chosen = touched ?? [0, ...models.slice(0, 1)];
  const toggle = (/** @type {number} */ model) =>
    setTouched(chosen.includes(model) ? chosen.filter((one) => one !== model) : [...chosen, model]);
  return h(
    Card,
    {
      class: "for-owners spaced",
      title: t("Evaluate"),
      about: t("drafts and self-revisions against reference answers that nothing was trained on"),
    },
    h(
      "div",
      { class: "setup last" },
      [0, ...models.slice(0, 8)].map((model) =>
        h(
          "label",
          { class: "check", key: model },
          h("input", {
            type: "checkbox",
            checked: chosen.includes(model),
            onchange: () => toggle(model),
          }),
          modelName(model),
        )
      ),
      h(Select, {
        label: t("on"),
        value: dataset,
        onChange: setDataset,
        options: [
          ["", t("the test split")],
          ...datasets.map((
            name,
          ) => /** @type {[string, string]} */ ([name, t("{name}, rows never trained on", { name })])),
        ],
      }),
      h(
        "label",
        {},
        t("at most"),
        h("input", {
          type: "number",
          min: 1,
          max: 5000,
          value: items,
          "aria-label": t("at most"),
          oninput: (/** @type {any} */ event) => setItems(event.target.value),
        }),
      ),
      h(
        Button,
        { main: true, onClick: () => evaluate({ models: chosen, dataset, items: Number(items) }) },
        t("Evaluate"),
      ),
    ),
  );
};

/** @param {{set: MeasuredSet}} props */
const TestSet = ({ set }) => {
  const metrics = metricsOf(set);
  const [wanted, setMetric] = useState("");
  const [opened, setOpened] = useState(/** @type {{model: number, answer: string} | null} */ (null));
  const metric = metrics.includes(wanted) ? wanted : metrics[0];
  const found = opened &&
    set.figures.find((one) => one.metric === metric && one.model === opened.model && one.answer === opened.answer);
  const drawn = lines(set, metric);
  const n = number(Math.max(...set.figures.map((figure) => figure.n)));
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
        title: t("{metric} on {set}", { metric: metricName(metric), set: measuredOn(set.name) }),
        along: t("model"),
        value: metricName(metric),
        tools: h(Select, {
          label: t("metric"),
          value: metric,
          onChange: setMetric,
          options: metrics.map((one) => [one, metricName(one)]),
        }),
        places: set.models.map((model, i) => [i, modelName(model)]),
        series: drawn.map(({ answer, points }) => ({ name: answerName(answer), points })),
        onOpen: (series, x) => setOpened({ model: set.models[x], answer: drawn[series].answer }),
      }),
      found ? h(Opened, { figure: found }) : h(
        "p",
        { class: "soft small" },
        t("Select a point for its figure; arrow keys move between points, Enter opens one."),
      ),
    ),
    h(Table, { set }),
  );
};

/** @param {{figure: Figure}} props */
const Opened = ({ figure }) => {
  const { model, answer, metric, value, low, high, n } = figure;
  const values = {
    model: modelName(model),
    answer: answerName(answer),
    metric: metricName(metric),
    value: three(value),
    low: three(low),
    high: three(high),
    n: number(n),
  };
  return h(
    "p",
    { class: "opened", role: "status" },
    t("{model}, {answer}: {metric} {value} ({low}–{high}), {n} answers.", values),
    " ",
    model > 0 && h("a", { href: `/rounds?round=${model}` }, t("Open round {n}", { n: model })),
  );
};

/** @param {{set: MeasuredSet}} props */
const Table = ({ set }) =>
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
        rows(set).map(({ answer, metric, figures }) =>
          h(
            "tr",
            { key: `${answer} ${metric}` },
            h(
              "th",
              { scope: "row" },
              t("{answer}, {metric}", { answer: answerName(answer), metric: metricName(metric) }),
            ),
            figures.map((figure, i) =>
              h(
                "td",
                { key: set.models[i] },
                figure ? [three(figure.value), " ", h("small", {}, `${three(figure.low)}–${three(figure.high)}`)] : "–",
              )
            ),
          )
        ),
      ),
    ),
  );

const three = (/** @type {number} */ value) => value.toFixed(3);

const modelName = (/** @type {number} */ model) => model === 0 ? t("base") : t("round {n}", { n: model });

/** @param {string} answer @returns {string} */
const answerName = (answer) => ({ draft: t("draft"), "self-revision": t("self-revision") })[answer] ?? answer;

/** @param {string} metric @returns {string} */
const metricName = (metric) =>
  ({
    rouge_l: t("ROUGE-L"),
    token_f1: t("token F1"),
    exact_match: t("exact match"),
    loss: t("loss of the reference answer"),
  })[metric] ?? metric;
