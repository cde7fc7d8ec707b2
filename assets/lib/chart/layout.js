// @ts-check
// Where everything of a chart lies, in pixels; drawn by plot.js.
import { alongScale, everyNth, roughWidth, tickText, uprightScale } from "./scale.js";

/** @typedef {import("./scale.js").Series} Series */
/** @typedef {{x: number, y: number, low: number, high: number}} Spot */
/** @typedef {{at: number, text: string}} Tick */
/**
 * @typedef {object} Drawn
 * @property {number} width @property {number} height
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom The edges of the plot.
 * @property {Tick[]} along @property {Tick[]} upright
 * @property {string} alongLabel @property {string} valueLabel
 * @property {Spot[][]} spots The places of all points, by series; `low` and `high` are the ends of their intervals.
 */

const APART = 11; // between the points of two lines at one named place, so that their intervals are told apart

/**
 * @param {Series[]} series What `shown` left of it.
 * @param {number} width
 * @param {{along: string, value: string, places?: [number, string][], log?: boolean}} axes
 * @returns {Drawn}
 */
export const layout = (series, width, { along, value, places, log = false }) => {
  const height = Math.round(Math.min(Math.max(width * 0.42, 230), 340));
  const upright = uprightScale(series, log);
  const text = log ? String : tickText(upright.ticks);
  const left = Math.ceil(Math.max(...upright.ticks.map((tick) => roughWidth(text(tick))))) + 18;
  const [right, top, bottom] = [width - 14, 30, height - 42];
  const horizontal = alongScale(series, places?.map(([x]) => x) ?? null, (right - left) / 90);
  const x = (/** @type {number} */ at) => left + horizontal.at(at) * (right - left);
  const y = (/** @type {number} */ at) => bottom - upright.at(at) * (bottom - top);
  const aside = (/** @type {number} */ i) => places ? (i - (series.length - 1) / 2) * APART : 0;
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    alongLabel: along,
    valueLabel: value,
    along: alongTicks(horizontal.ticks, places, x),
    upright: upright.ticks.map((tick) => ({ at: y(tick), text: text(tick) })),
    spots: series.map((one, i) =>
      one.points.map((p) => ({ x: x(p.x) + aside(i), y: y(p.y), low: y(p.low ?? p.y), high: y(p.high ?? p.y) }))
    ),
  };
};

/**
 * @param {number[]} ticks
 * @param {[number, string][] | undefined} places
 * @param {(at: number) => number} x
 * @returns {Tick[]}
 */
const alongTicks = (ticks, places, x) => {
  const all = ticks.map((tick) => ({
    at: x(tick),
    text: places?.find(([place]) => place === tick)?.[1] ?? String(tick),
  }));
  const room = all.length > 1 ? (all[all.length - 1].at - all[0].at) / (all.length - 1) : Infinity;
  const nth = everyNth(all.map((tick) => tick.text), room);
  return all.filter((_, i) => i % nth === 0);
};
