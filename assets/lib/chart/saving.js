// @ts-check
// A chart as a file: SVG that stands alone, PNG, and its numbers as CSV.

/** @typedef {import("./scale.js").Series} Series */

/**
 * A cell: quoted where it has to be, and a text that a spreadsheet would run as a formula made a text.
 * @param {string | number | undefined} value
 */
const cell = (value) => {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * One line for each point. @param {Series[]} series @param {string} along What is along the axis.
 * @param {string} value What the values are. @param {(x: number) => string | number} name
 */
export const csv = (series, along, value, name) => {
  const rows = series.flatMap((one) => one.points.map((p) => [one.name, name(p.x), p.y, p.low, p.high, p.n]));
  return [["line", along, value, "low", "high", "n"], ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
};

const SHAPE_STYLES = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity"];
const TEXT_STYLES = ["fill", "font-size", "font-family", "font-weight"];
const LINE = 20, EDGE = 16;

/**
 * The chart as one SVG with title and legend, in the colours it has now.
 * @param {SVGSVGElement} svg @param {string} title @param {HTMLElement} legend Its entries have an svg and a text each.
 */
export const standalone = (svg, title, legend) => {
  const { width, height } = svg.viewBox.baseVal;
  const entries = [...legend.children];
  const head = EDGE + LINE * (1 + entries.length) + 6;
  const root = element("svg", { viewBox: `0 0 ${width} ${head + height}`, width, height: head + height });
  const look = getComputedStyle(svg);
  const words = { fill: look.color, "font-size": "13px", "font-family": look.fontFamily };
  root.append(
    element("title", {}, title),
    element("rect", { width: "100%", height: "100%", fill: look.getPropertyValue("--card") || "#fff" }),
    element("text", { ...words, x: EDGE, y: EDGE + 10, "font-weight": "600" }, title),
    ...entries.flatMap((entry, i) => legendEntry(entry, EDGE + LINE * (i + 1), words)),
    element("g", { transform: `translate(0 ${head})` }, ...[...svg.children].filter(isKept).map(styled)),
  );
  return new XMLSerializer().serializeToString(root);
};

/** @param {Element} entry @param {number} y @param {Record<string, string>} words */
const legendEntry = (entry, y, words) => {
  const mark = /** @type {SVGSVGElement} */ (entry.querySelector("svg"));
  const moved = element("g", { transform: `translate(${EDGE} ${y})` }, ...[...mark.children].map(styled));
  return [moved, element("text", { ...words, x: EDGE + 36, y: y + 13 }, entry.textContent ?? "")];
};

/** The point that has the focus is the page's, not the chart's. @param {Element} node */
const isKept = (node) => !node.matches(".cursor");

/** A copy with its looks written into it, as the file has no style sheet. @param {Element} node @returns {Element} */
const styled = (node) => {
  const copy = /** @type {Element} */ (node.cloneNode(false));
  const look = getComputedStyle(node);
  for (const name of node.matches("text") ? TEXT_STYLES : SHAPE_STYLES) {
    copy.setAttribute(name, look.getPropertyValue(name));
  }
  for (const name of ["class", "tabindex", "role", "aria-hidden"]) copy.removeAttribute(name);
  for (const child of node.childNodes) {
    copy.append(child.nodeType === Node.ELEMENT_NODE ? styled(/** @type {Element} */ (child)) : child.cloneNode());
  }
  return copy;
};

/** @param {string} tag @param {Record<string, string | number>} attributes @param {(Node | string)[]} children */
const element = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
};

/** The SVG as a PNG of twice its size. @param {string} svg @returns {Promise<Blob | null>} */
export const png = async (svg) => {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** Has the browser save a file. @param {Blob} blob @param {string} name */
export const save = (blob, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

/** A file's name of letters and digits. @param {string} title @param {string} ending */
export const fileName = (title, ending) =>
  `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "chart"}.${ending}`;
