// @ts-check
// Where values lie along an axis, and which of them are named there.

/** @typedef {{x: number, y: number, low?: number, high?: number, n?: number, about?: string}} Point */
/**
 * @typedef {object} Series
 * @property {string} name
 * @property {Point[]} points
 * @property {boolean} [marks] Whether each point has a mark; those of up to 60 points have, if not said.
 * @property {boolean} [band] Whether the intervals are drawn as one.
 * @property {number} [tone] Which colour and mark it has; by its place among the series, if not said.
 * @property {boolean} [soft] Whether it stands behind the others.
 */
/** @typedef {{at: (value: number) => number, ticks: number[]}} Scale `at` gives a share of the axis, 0 to 1. */

const FEW_POWERS = 8;

/**
 * The round steps, 1, 2 or 5 times a power of ten, that part a span into about `count`.
 * @param {number} span
 * @param {number} count
 */
const stepOf = (span, count) => {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10;
  return factor * power;
};

/**
 * Round numbers from at or below `low` to at or above `high`, about `count` of them.
 * @param {number} low @param {number} high @param {number} count @returns {number[]}
 */
export const roundTicks = (low, high, count) => {
  const step = stepOf(high - low || Math.abs(high) || 1, count);
  const first = Math.floor(low / step + 1e-9), last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
};

/**
 * The ticks of a logarithmic axis around `low` to `high`, both above zero: 1, 2 and 5 times the powers of ten, and
 * where
 * those are too few, round numbers.
 * @param {number} low @param {number} high @returns {number[]}
 */
export const logTicks = (low, high) => {
  const round = high < FEW_POWERS * low ? roundTicks(low, high, 5).filter((tick) => tick > 0) : [];
  if (round.length > 1 && round[0] <= low) return round;
  const first = Math.floor(Math.log10(low)), count = Math.ceil(Math.log10(high)) - first + 1;
  const all = Array.from({ length: count }, (_, i) => [1, 2, 5].map((one) => Number(`${one}e${first + i}`))).flat();
  const from = all.findLastIndex((tick) => tick <= low * 1.0001), to = all.findIndex((tick) => tick >= high * 0.9999);
  return all.slice(from, Math.max(to, from + 1) + 1);
};

/**
 * The lowest and the highest; 1 and 2, which every axis has, where there are none.
 * @param {number[]} values
 * @returns {[number, number]}
 */
const extent = (values) =>
  values.length
    ? values.reduce(([low, high], one) => [Math.min(low, one), Math.max(high, one)], [Infinity, -Infinity])
    : [1, 2];

/**
 * The upright axis: it begins and ends at a tick.
 * @param {Series[]} series What `shown` left of it. @param {boolean} log @returns {Scale}
 */
export const uprightScale = (series, log) => {
  const [low, high] = extent(series.flatMap(({ points }) => points.flatMap((p) => [p.y, p.low ?? p.y, p.high ?? p.y])));
  const ticks = log ? logTicks(low, high) : roundTicks(low, high, 5);
  const to = log ? Math.log : (/** @type {number} */ value) => value;
  const from = to(ticks[0]), span = to(/** @type {number} */ (ticks.at(-1))) - from;
  return { at: (value) => (to(value) - from) / span, ticks };
};

/**
 * The axis along: numbers, or `places` of which each has half a step of room on both sides.
 * @param {Series[]} series @param {number[] | null} places @param {number} count @returns {Scale}
 */
export const alongScale = (series, places, count) => {
  if (places) {
    const first = Math.min(...places), steps = Math.max(...places) - first + 1;
    return { at: (value) => (value - first + 0.5) / steps, ticks: places };
  }
  const [low, high] = extent(series.flatMap(({ points }) => points.map((p) => p.x)));
  const span = high - low || 1;
  return {
    at: (value) => (value - low) / span,
    ticks: roundTicks(low, high, count).filter((tick) => tick >= low && tick <= high),
  };
};

/**
 * What can be drawn: finite numbers, on a logarithmic axis those above zero.
 * @param {Series[]} series
 * @param {boolean} log
 * @returns {Series[]}
 */
export const shown = (series, log) =>
  series.map((one) => ({
    ...one,
    points: one.points.filter((p) =>
      Number.isFinite(p.x) &&
      [p.y, p.low ?? p.y, p.high ?? p.y].every((value) => Number.isFinite(value) && (!log || value > 0))
    ),
  }));

/** A tick's number, with as many digits as tell it from its neighbours. @param {number[]} ticks */
export const tickText = (ticks) => {
  const gap = ticks.length > 1 ? Math.min(...ticks.slice(1).map((tick, i) => tick - ticks[i])) : 1;
  const digits = Math.min(Math.max(0, -Math.floor(Math.log10(gap) + 1e-9)), 8);
  return (/** @type {number} */ tick) => tick.toFixed(digits);
};

/** About how wide a text is drawn at 12 px. @param {string} text */
export const roughWidth = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 12 : 6.6), 0);

/**
 * How many labels apart those are that have room.
 * @param {string[]} labels
 * @param {number} room The pixels between two.
 */
export const everyNth = (labels, room) => Math.max(1, Math.ceil((Math.max(0, ...labels.map(roughWidth)) + 12) / room));
