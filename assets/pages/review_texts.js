// @ts-check
// How the texts of an item are shown: in a monospace face where their white space carries meaning, plain or rendered.
import { FOREIGN, Segments } from "../lib/parts.js";
import { RenderedLater } from "../lib/rendered_later.js";
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {"inline" | "side" | "final"} View How the edits are shown. */
/**
 * @typedef {{view: View, isRendered: boolean, setView: (view: View) => void,
 *   setRendered: (isRendered: boolean) => void}} Looks
 */

const WIDEST = 160;

/**
 * The classes of a text's box: code and tables keep their lines whole where these are not too long for that.
 * @param {Item} item @param {string} name As `laid_out` has it. @param {(string | null | undefined)[]} texts
 */
export const face = (item, name, ...texts) => {
  if (!item.laid_out.includes(name)) return "";
  const longest = Math.max(0, ...texts.flatMap((text) => (text ?? "").split("\n").map((line) => line.length)));
  return longest <= WIDEST ? " code whole" : " code";
};

/** The face of an answer; draft and revisions are compared, so they have the same. @param {Item} item */
export const answerFace = (item) =>
  face(item, "answer", item.draft, item.revision, item.final_text, ...item.others.map((other) => other.revision));

/**
 * The box of an answer's words: the children as they are, or `text` rendered.
 * @param {{item: Item, label: string, text: string, looks: Looks, children?: import("../lib/view.js").Child}} props
 */
export const Words = ({ item, label, text, looks, children }) => {
  const isRendered = looks.isRendered && text;
  const look = `words${isRendered ? "" : answerFace(item)}`;
  return h(
    "div",
    { class: look, tabindex: 0, role: "group", "aria-label": label, ...FOREIGN },
    isRendered ? h(RenderedLater, { text }) : children,
  );
};

/** Plain or rendered, for all texts of the desk. @param {{looks: Looks}} props */
export const PlainOrRendered = ({ looks }) =>
  Segments({
    label: t("How to show the texts"),
    keys: "M",
    value: looks.isRendered ? "rendered" : "plain",
    options: [["plain", t("plain")], ["rendered", t("rendered")]],
    onChange: (value) => looks.setRendered(value === "rendered"),
  });
