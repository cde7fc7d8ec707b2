// @ts-check
// The chart of all pages: lines with intervals, over rounds or steps; points are read and opened by mouse and by keys.
import { t } from "../shared.js";
import { h, useLayoutEffect, useRef, useState } from "../view.js";
import { Head, saveAs } from "./head.js";
import { layout } from "./layout.js";
import { moved, nearest, stillThere } from "./moves.js";
import { Plot } from "./plot.js";
import { shown } from "./scale.js";

/** @typedef {import("./scale.js").Series} Series */
/** @typedef {import("./scale.js").Point} Point */
/** @typedef {import("./moves.js").At} At */
/**
 * @typedef {object} ChartProps
 * @property {string} title What the chart shows; also its file's name.
 * @property {string} along What is along the axis.
 * @property {string} value What the upright axis measures.
 * @property {Series[]} series Each with a name of its own.
 * @property {[number, string][]} [places] Where the axis is of names, such as rounds: each x and its name.
 * @property {boolean} [log] Whether the upright axis is logarithmic; what is not above zero is left out.
 * @property {(y: number) => string} [format] A value in words; three decimals by default.
 * @property {import("../view.js").Child} [tools] What chooses what is drawn, above the chart.
 * @property {(series: number, x: number) => void} [onOpen] A point was clicked, or entered by a key.
 */

const REACH = 28; // pixels around a point that count as the point
const FIRST_WIDTH = 640;
const LEAST_WIDTH = 240;

/** @param {ChartProps} props */
export const Chart = (props) => {
  const { title, along, value, places, log = false, tools, onOpen } = props;
  const series = shown(props.series, log);
  const figure = useRef(/** @type {HTMLElement | null} */ (null));
  const drawn = layout(series, useWidth(figure), { along, value, places, log });
  const [at, setAt] = useState(/** @type {At | null} */ (null));
  const [lit, setLit] = useState(/** @type {"" | "keys" | "mouse"} */ (""));
  const active = stillThere(series, at);
  const words = active ? told(props, series[active.series], series[active.series].points[active.point]) : [];

  const open = (/** @type {At} */ one) => onOpen?.(one.series, series[one.series].points[one.point].x);
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (!active || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(series, active, event.key);
    if (next) setAt(next);
    else if (onOpen && (event.key === "Enter" || event.key === " ")) open(active);
    else return;
    event.preventDefault();
    setLit("keys");
  };
  const onPointer = (/** @type {MouseEvent} */ event, isClick = false) => {
    const found = nearest(drawn.spots, ...placeOf(event), REACH);
    if (found) setAt(found);
    if (found && isClick) open(found);
    setLit(found ? "mouse" : "");
  };

  return h(
    "figure",
    { class: "chart", ref: figure },
    h(Head, {
      series,
      tools,
      onSave: (ending) => figure.current && saveAs(figure.current, ending, { ...props, series }),
    }),
    h(
      "div",
      { class: "chart-box" },
      h(Plot, {
        title,
        drawn,
        series,
        active,
        label: words.join(", "),
        isLit: lit !== "",
        opens: Boolean(onOpen),
        onKey,
        onPointer,
        onFocus: () => setLit("keys"),
        onLeave: () => setLit(""),
      }),
      lit && active && h(Tip, { words, spot: drawn.spots[active.series][active.point], width: drawn.width }),
    ),
    h("p", { class: "off-screen", role: "status" }, lit === "keys" ? words.join(", ") : ""),
  );
};

/** The width of an element, and of it when it changes. @param {{current: HTMLElement | null}} ref */
const useWidth = (ref) => {
  const [width, setWidth] = useState(FIRST_WIDTH);
  useLayoutEffect(() => {
    const box = /** @type {HTMLElement} */ (ref.current);
    const measure = () => setWidth(Math.max(LEAST_WIDTH, Math.floor(box.clientWidth)));
    const observer = new ResizeObserver(measure);
    measure();
    observer.observe(box);
    return () => observer.disconnect();
  }, []);
  return width;
};

/** The place of a pointer within the drawing. @param {MouseEvent} event @returns {[number, number]} */
const placeOf = (event) => {
  const { left, top } = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
};

/**
 * What is said of a point: its line and place, its value with the interval, of how many answers, and what it adds.
 * @param {ChartProps} props @param {Series} line @param {Point} point @returns {string[]}
 */
const told = ({ places, along, format = (y) => y.toFixed(3) }, line, { x, y, low, high, n, about }) => {
  const place = places?.find(([one]) => one === x)?.[1] ?? `${along} ${x}`;
  const interval = low === undefined || high === undefined ? "" : ` (${format(low)}–${format(high)})`;
  const answers = n === undefined ? "" : t("{n} answers", { n });
  return [`${line.name} · ${place}`, `${format(y)}${interval}`, answers, about ?? ""].filter(Boolean);
};

/** What is said of a point, beside it. @param {{words: string[], spot: {x: number, y: number}, width: number}} props */
const Tip = ({ words, spot, width }) => {
  const side = spot.x > width / 2 ? `right:${width - spot.x + 14}px` : `left:${spot.x + 14}px`;
  return h(
    "div",
    { class: "chart-tip", "aria-hidden": "true", style: `top:${spot.y - 12}px;${side}` },
    words.map((text, i) => h(i ? "span" : "b", { key: i }, text)),
  );
};
