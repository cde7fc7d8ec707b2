// @ts-check
// Which point is meant: by an arrow key, or by the place of a pointer.

/** @typedef {import("./scale.js").Series} Series */
/** @typedef {{series: number, point: number}} At */

/** @param {Series} series @param {number} x */
const nearestAlong = (series, x) =>
  series.points.reduce((best, p, i) => (Math.abs(p.x - x) < Math.abs(series.points[best].x - x) ? i : best), 0);

/**
 * The point that is still there, where data has changed meanwhile; null where there is none.
 * @param {Series[]} series
 * @param {At | null} at
 * @returns {At | null}
 */
export const stillThere = (series, at) => {
  if (at && series[at.series]?.points[at.point]) return at;
  const first = series.findIndex((one) => one.points.length > 0);
  return first < 0 ? null : { series: first, point: 0 };
};

/**
 * Where a key leads from a point: along its line, or to the nearest point of the next line; null for other keys.
 * @param {Series[]} series @param {At} at @param {string} key @returns {At | null}
 */
export const moved = (series, at, key) => {
  const line = series[at.series].points;
  const along = { ArrowLeft: at.point - 1, ArrowRight: at.point + 1, Home: 0, End: line.length - 1 }[key];
  if (along !== undefined) return { ...at, point: Math.min(Math.max(along, 0), line.length - 1) };
  const step = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (step === undefined) return null;
  for (let next = at.series + step; series[next]; next += step) {
    if (series[next].points.length) return { series: next, point: nearestAlong(series[next], line[at.point].x) };
  }
  return at;
};

/**
 * The point nearest to a place, within `reach` pixels; null where there is none.
 * @param {{x: number, y: number}[][]} places The places of all points, by series.
 * @param {number} x
 * @param {number} y
 * @param {number} reach
 * @returns {At | null}
 */
export const nearest = (places, x, y, reach) => {
  let best = null, least = reach ** 2;
  for (const [series, points] of places.entries()) {
    for (const [point, place] of points.entries()) {
      const far = (place.x - x) ** 2 + (place.y - y) ** 2;
      if (far <= least) [best, least] = [{ series, point }, far];
    }
  }
  return best;
};
