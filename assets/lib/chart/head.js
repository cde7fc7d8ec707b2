// @ts-check
// What stands above a chart: what is chosen, which line is which, and the files it is saved as.
import { Button } from "../parts.js";
import { t } from "../shared.js";
import { h } from "../view.js";
import { Mark } from "./plot.js";
import { csv, fileName, png, save, standalone } from "./saving.js";

/** @typedef {import("./scale.js").Series} Series */

/** @param {{series: Series[], tools?: import("../view.js").Child, onSave: (ending: string) => void}} props */
export const Head = ({ series, tools, onSave }) =>
  h(
    "div",
    { class: "chart-head" },
    tools,
    h(
      "div",
      { class: "legend" },
      series.map((one, i) => h("span", { key: one.name }, h(Mark, { series: one, i }), one.name)),
    ),
    h(
      "div",
      { class: "chart-save", role: "group", "aria-label": t("Save the chart") },
      ["SVG", "PNG", "CSV"].map((format) =>
        h(Button, {
          key: format,
          small: true,
          label: t("Save as {format}", { format }),
          onClick: () => onSave(format.toLowerCase()),
        }, format)
      ),
    ),
  );

/**
 * Save the chart in this figure as it looks now, or its numbers.
 * @param {HTMLElement} figure @param {string} ending "svg", "png" or "csv".
 * @param {{title: string, along: string, value: string, series: Series[], places?: [number, string][]}} chart
 */
export const saveAs = async (figure, ending, { title, along, value, series, places }) => {
  const plot = /** @type {SVGSVGElement} */ (figure.querySelector(".chart-plot"));
  const legend = /** @type {HTMLElement} */ (figure.querySelector(".legend"));
  const name = (/** @type {number} */ x) => places?.find(([place]) => place === x)?.[1] ?? x;
  // "\ufeff" is the mark by which spreadsheets know UTF-8.
  /** @type {Record<string, () => Blob | Promise<Blob | null>>} */
  const made = {
    svg: () => new Blob([standalone(plot, title, legend)], { type: "image/svg+xml" }),
    png: () => png(standalone(plot, title, legend)),
    csv: () => new Blob(["\ufeff", csv(series, along, value, name)], { type: "text/csv" }),
  };
  const blob = await made[ending]();
  if (blob) save(blob, fileName(title, ending));
};
