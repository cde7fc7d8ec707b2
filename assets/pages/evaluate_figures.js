// @ts-check
// The figures of a test set in the order of the chart and of the table.

/**
 * @typedef {object} Difference A paired difference to another model, by its `key`; `unshared` rows only one of them has.
 * @property {string} to @property {string} model @property {string} key
 * @property {number} mean @property {number | null} low @property {number | null} high
 * @property {number} n @property {number} unshared @property {"better" | "worse" | "unclear" | null} says
 */
/**
 * @typedef {object} Figure `model` is the number of a round, 0 for the base; `key` and `test_set` are hashes, null in a
 *   mean without rows.
 * @property {number} model @property {string | null} key @property {string | null} test_set
 * @property {string} answer @property {string} metric
 * @property {number} value @property {number | null} low @property {number | null} high @property {number} n
 * @property {Difference[]} differences @property {string} note
 * @property {string} judge Who judged a win rate: a model, or the measure of closeness to the accepted answers.
 */
/** @typedef {{answer: string, metric: string, model: number}} Turn The first round that is worse than the one before. */
/** @typedef {Record<string, {name: string, about: string}>} Metrics What metrics are called and are, in their order. */
/** @typedef {{name: string, models: number[], metrics: Metrics, figures: Figure[], turns: Turn[]}} MeasuredSet */

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
      one ? [{ x, y: one.value, low: one.low ?? undefined, high: one.high ?? undefined, n: one.n }] : []
    ),
  }));

/** A row for each metric and kind of answer; in it, a figure or null for each model. @param {MeasuredSet} set */
export const rows = (set) =>
  Object.keys(set.metrics).flatMap((metric) =>
    answersOf(set, metric).map((answer) => ({ answer, metric, figures: along(set, answer, metric) }))
  );

/** The differences of a figure, one for each other model: the round before may be SFT. @param {Figure} figure */
export const distinct = (figure) =>
  figure.differences.filter((one, i) => figure.differences.findIndex((other) => other.key === one.key) === i);
