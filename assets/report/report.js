// @ts-check
// The charts of a report: the pages' chart module, drawn into a file that stands alone.
import { Chart } from "../lib/chart/chart.js";
import { Select } from "../lib/parts.js";
import { h, render, useState } from "../lib/view.js";
import { lines } from "../pages/evaluate_figures.js";

/** @typedef {import("../pages/evaluate_figures.js").MeasuredSet} MeasuredSet */
/** @typedef {{sets: MeasuredSet[]}} Given What the report holds for its charts. */

/** @param {number} model */
const modelName = (model) => model ? `round ${model}` : "base";

/** @param {{set: MeasuredSet}} props */
const Figures = ({ set }) => {
  const metrics = Object.entries(set.metrics);
  const [metric, setMetric] = useState(metrics[0][0]);
  const { name } = set.metrics[metric];
  return h(Chart, {
    title: `${name} on ${set.name}`,
    along: "model",
    value: name,
    tools: h(Select, {
      label: "metric",
      value: metric,
      onChange: setMetric,
      options: metrics.map(([one, { name }]) => [one, name]),
    }),
    places: set.models.map((model, i) => [i, modelName(model)]),
    series: lines(set, metric).map(({ answer, points }) => ({ name: answer, points })),
  });
};

const given = /** @type {Given} */ (JSON.parse(document.getElementById("given")?.textContent ?? ""));
for (const box of document.querySelectorAll("[data-chart]")) {
  const set = given.sets.find((one) => one.name === box.getAttribute("data-chart"));
  if (set) render(h(Figures, { set }), box);
}
