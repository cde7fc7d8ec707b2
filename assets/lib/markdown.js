// @ts-check
// Markdown as a person reads it, with TeX as MathML. The text is a model's, a file's or somebody's: HTML in it is shown
// as text, images are not loaded, a link opens a web page or a letter and shows where it leads, and DOMPurify lets
// nothing else through.
import purify from "../vendor/dompurify/purify.js";
import { Marked } from "../vendor/marked/marked.js";
import { math } from "./math.js";

const LEADS_OUT = /^(?:https?|mailto):/i;
const LOWEST_HEADING = 6;
const BELOW_THE_CARDS = 2; // a card's title is an h2

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A part of the text as it is written. @param {string} text */
const asWritten = (text) => `<code>${escaped(text)}</code>`;

const marked = new Marked({
  extensions: math(asWritten),
  breaks: true, // a line that ends in a text ends here too
  gfm: true,
  renderer: {
    heading({ tokens, depth }) {
      const level = Math.min(LOWEST_HEADING, depth + BELOW_THE_CARDS);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    html({ text, block }) {
      return block ? `<pre>${escaped(text)}</pre>` : asWritten(text);
    },
    image({ raw }) {
      return asWritten(raw);
    },
    link({ raw, href, text, tokens }) {
      if (!LEADS_OUT.test(href)) return asWritten(raw);
      const shown = text === href ? "" : ` <small>(${escaped(href)})</small>`;
      return `<a href="${escaped(href)}">${this.parser.parseInline(tokens)}</a>${shown}`;
    },
    checkbox({ checked }) {
      return checked ? "☑ " : "☐ ";
    },
  },
});

const TAGS = "a blockquote br code del em h3 h4 h5 h6 hr li ol p pre small strong table tbody td th thead tr ul".split(
  " ",
);
const MATH_TAGS =
  ("math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms " +
    "mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none").split(" ");
const LOOKS =
  ("align start accent accentunder columnspan depth display displaystyle fence form height largeop linethickness " +
    "lspace mathvariant maxsize minsize movablelimits notation rowspan rspace scriptlevel separator stretchy symmetric " +
    "voffset width").split(" ");

/**
 * The text with its Markdown rendered; the text itself where it cannot be read as such.
 * @param {string} text
 * @returns {DocumentFragment}
 */
export const rendered = (text) => {
  const fragment = purify.sanitize(html(text), {
    ALLOWED_TAGS: [...TAGS, ...MATH_TAGS],
    ALLOWED_ATTR: ["href", ...LOOKS],
    ADD_URI_SAFE_ATTR: LOOKS, // else only a value that leads out would pass
    ALLOWED_URI_REGEXP: LEADS_OUT,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) {
    link.setAttribute("rel", "noopener noreferrer nofollow");
    link.setAttribute("target", "_blank");
  }
  return fragment;
};

/** @param {string} text */
const html = (text) => {
  try {
    return marked.parse(text, { async: false });
  } catch (error) {
    console.warn(error); // nested deeper than a browser's stack
    return `<pre>${escaped(text)}</pre>`;
  }
};
