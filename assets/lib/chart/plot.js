// @ts-check
// The drawing itself. Its colours are tokens of assets/studio.css (.chart .s0 …).
import { h } from "../view.js";

/** @typedef {import("./scale.js").Series} Series */
/** @typedef {import("./layout.js").Drawn} Drawn */
/** @typedef {import("./layout.js").Spot} Spot */

const MANY = 60;
const SHAPES = [
  "M-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0Z",
  "M-3.8-3.8h7.6v7.6h-7.6Z",
  "M0-5L4.8 3.6H-4.8Z",
  "M0-5.2L5.2 0L0 5.2L-5.2 0Z",
];
const COLOURS = 6;

/** @param {Series} one @param {number} i Its place among the series. */
const classOf = ({ tone, soft }, i) => `s${(tone ?? i) % COLOURS}${soft ? " soft" : ""}`;
/** @param {Series} one @param {number} i */
const shapeOf = ({ tone }, i) => SHAPES[(tone ?? i) % SHAPES.length];
/** @param {Series} one */
const isMarked = ({ marks, points }) => marks ?? points.length <= MANY;

/** A line's looks in the legend. @param {{series: Series, i: number}} props */
export const Mark = ({ series, i }) =>
  h(
    "svg",
    { width: 28, height: 18, viewBox: "0 0 28 18", "aria-hidden": "true" },
    h("line", { class: `line ${classOf(series, i)}`, x1: 1, x2: 27, y1: 9, y2: 9 }),
    isMarked(series) &&
      h("path", { class: `mark ${classOf(series, i)}`, d: shapeOf(series, i), transform: "translate(14 9)" }),
  );

/**
 * @typedef {object} PlotProps
 * @property {string} title
 * @property {Drawn} drawn
 * @property {Series[]} series
 * @property {import("./moves.js").At | null} active The point that has the focus or is under the pointer.
 * @property {string} label What is said of that point.
 * @property {boolean} opens Whether a point can be opened.
 * @property {boolean} isLit Whether that point is shown.
 * @property {(event: KeyboardEvent) => void} onKey
 * @property {(event: MouseEvent, isClick?: boolean) => void} onPointer
 * @property {() => void} onFocus
 * @property {() => void} onLeave
 */

/** @param {PlotProps} props */
export const Plot = (props) => {
  const { title, drawn, series, opens, onPointer, onLeave } = props;
  return h(
    "svg",
    {
      class: `chart-plot${opens ? " opens" : ""}`,
      viewBox: `0 0 ${drawn.width} ${drawn.height}`,
      width: drawn.width,
      height: drawn.height,
      role: "group",
      "aria-label": title,
      onpointermove: onPointer,
      onpointerleave: onLeave,
      onclick: (/** @type {MouseEvent} */ event) => onPointer(event, true),
    },
    h(Axes, { drawn }),
    series.map((one, i) =>
      h(
        "g",
        { key: one.name, "aria-hidden": "true" },
        intervals(one, drawn.spots[i], i),
        marked(one, drawn.spots[i], i),
      )
    ),
    h(Cursor, props),
  );
};

/** The one point that Tab reaches; arrow keys move it. @param {PlotProps} props */
const Cursor = ({ drawn, active, label, isLit, opens, onKey, onFocus, onLeave }) => {
  if (!active) return null;
  const { x, y } = drawn.spots[active.series][active.point];
  return h("g", {
    class: `cursor${isLit ? " lit" : ""}`,
    transform: `translate(${x} ${y})`,
    tabindex: 0,
    role: opens ? "button" : "img",
    "aria-label": label,
    onkeydown: onKey,
    onfocus: onFocus,
    onblur: onLeave,
  }, h("circle", { r: 9 }));
};

/** @param {{drawn: Drawn}} props */
const Axes = ({ drawn: d }) =>
  h(
    "g",
    { "aria-hidden": "true" },
    d.upright.map(({ at, text }) => [
      h("line", { key: `grid ${text}`, class: "grid", x1: d.left, x2: d.right, y1: at, y2: at }),
      h("text", { key: text, x: d.left - 8, y: at + 4, "text-anchor": "end" }, text),
    ]),
    h("line", { class: "axis", x1: d.left, x2: d.right, y1: d.bottom, y2: d.bottom }),
    d.along.map(({ at, text }) => [
      h("line", { key: `tick ${text}`, class: "axis", x1: at, x2: at, y1: d.bottom, y2: d.bottom + 5 }),
      h("text", { key: text, x: at, y: d.bottom + 19, "text-anchor": "middle" }, text),
    ]),
    h("text", { class: "axis-label", x: 4, y: 14 }, d.valueLabel),
    h("text", { class: "axis-label", x: d.right, y: d.height - 6, "text-anchor": "end" }, d.alongLabel),
  );

/** @param {Spot[]} spots */
const path = (spots) => spots.map(({ x, y }, i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** @param {Series} one @param {Spot[]} spots @param {number} i */
const intervals = (one, spots, i) => {
  if (one.band) {
    const back = spots.toReversed().map(({ x, low }) => ({ x, y: low }));
    return h("path", {
      class: `band ${classOf(one, i)}`,
      d: `${path([...spots.map(({ x, high }) => ({ x, y: high })), ...back].map((p) => ({ ...p, low: 0, high: 0 })))}Z`,
    });
  }
  return spots.filter(({ low, high }) => low !== high).map(({ x, low, high }) =>
    h("path", {
      key: x,
      class: `interval ${classOf(one, i)}`,
      d: `M${x - 4} ${low}h8M${x} ${low}V${high}M${x - 4} ${high}h8`,
    })
  );
};

/** @param {Series} one @param {Spot[]} spots @param {number} i */
const marked = (one, spots, i) => [
  spots.length > 1 && h("path", { key: "line", class: `line ${classOf(one, i)}`, d: path(spots) }),
  isMarked(one) &&
  spots.map(({ x, y }, k) =>
    h("path", { key: k, class: `mark ${classOf(one, i)}`, d: shapeOf(one, i), transform: `translate(${x} ${y})` })
  ),
];
