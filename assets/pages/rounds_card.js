// @ts-check
// The card of the round looked at, and figures in it.
import { h } from "../lib/view.js";

/** @typedef {import("../lib/view.js").Child} Child */

/** A card whose heading takes the focus where it was chosen far above it. @param {{title: Child, children?: Child}} props */
export const ChosenCard = ({ title, children }) =>
  h("section", { class: "card" }, h("h2", { tabindex: -1, "data-key": "chosen" }, title), children);

/** A figure by its name. @param {{name: string, value: string, about?: string}} props */
export const Figure = ({ name, value, about }) =>
  h("div", {}, h("span", {}, name), h("strong", {}, value, about && h("small", {}, ` ${about}`)));
