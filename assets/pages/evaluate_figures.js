// @ts-check
// The figures of a test set in the order of the chart and of the table.

/** @typedef {{model: number, answer: string, metric: string, value: number, low: number, high: number, n: number}} Figure */
/** @typedef {{name: string, models: number[], figures: Figure[]}} MeasuredSet */

const ORDER = ["rouge_l", "token_f1", "exact_match", "loss"];

/** The metrics of a set: those known here in this order, then the rest. @param {MeasuredSet} set @returns {string[]} */
export const metricsOf = (set) => {
  const found = new Set(set.figures.map((one) => one.metric));
  return [...ORDER.filter((metric) => found.has(metric)), ...[...found].filter((metric) => !ORDER.includes(metric))];
};

/** Drafts first. @param {MeasuredSet} set @param {string} metric @returns {string[]} */
const answersOf = (set, metric) =>
  [...new Set(set.figures.filter((one) => one.metric === metric).map((one) => one.answer))].sort();

/** @param {MeasuredSet} set @param {string} answer @param {string} metric */
const along = (set, answer, metric) =>
  set.models.map((model) =>
    set.figures.find((one) => one.model === model && one.answer === answer && one.metric === metric) ?? null
  );

/**
 * A line for each kind of answer that the metric is of; along it, the models by their place in `set.models`.
 * @param {MeasuredSet} set @param {string} metric
 */
export const lines = (set, metric) =>
  answersOf(set, metric).map((answer) => ({
    answer,
    points: along(set, answer, metric).flatMap((one, x) =>
      one ? [{ x, y: one.value, low: one.low, high: one.high, n: one.n }] : []
    ),
  }));

/** A row for each metric and kind of answer; in it, a figure or null for each model. @param {MeasuredSet} set */
export const rows = (set) =>
  metricsOf(set).flatMap((metric) =>
    answersOf(set, metric).map((answer) => ({ answer, metric, figures: along(set, answer, metric) }))
  );
