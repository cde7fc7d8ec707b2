// @ts-check
// A text with its Markdown rendered, as a part of a page.
import { rendered } from "./markdown.js";
import { pieces } from "./text.js";
import { h, useLayoutEffect, useRef } from "./view.js";

const PARTS = "p, li, h3, h4, h5, h6, td, th, pre";

/**
 * A text of a model's or a person's, rendered; code that stands in no fence is shown as it is written, since Markdown
 * would take its indentation and its underlines away. @param {{text: string, laidOut?: boolean}} props
 */
export const Rendered = ({ text, laidOut = false }) => {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const fragment = rendered(text);
    const isCode = laidOut && !fragment.querySelector("pre, table");
    if (isCode) fragment.replaceChildren(asWritten(text));
    for (const node of texts(fragment)) node.replaceWith(...pieces(node.data).map(piece));
    for (const node of fragment.querySelectorAll(PARTS)) {
      node.setAttribute("dir", isCode ? "ltr" : "auto");
      node.setAttribute("lang", "");
    }
    for (const node of fragment.querySelectorAll("pre")) node.tabIndex = 0;
    box.current?.replaceChildren(fragment);
  }, [text, laidOut]);
  return h("div", { class: "rendered", dir: "auto", lang: "", ref: box });
};

/** @param {string} text */
const asWritten = (text) => {
  const whole = document.createElement("pre");
  whole.textContent = text;
  return whole;
};

/** @param {DocumentFragment} fragment @returns {Text[]} */
const texts = (fragment) => {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(/** @type {Text} */ (walker.currentNode));
  return found;
};

/** @param {{read: string, sign: string | null}} piece */
const piece = ({ read, sign }) => {
  if (!sign) return read;
  const mark = document.createElement("span");
  mark.className = "unseen";
  mark.textContent = sign;
  return mark;
};
