// @ts-check
// TeX in Markdown: $…$ and \(…\) in a line, $$…$$ and \[…\] by themselves. What is no TeX stays as it is written, and so
// do amounts of money: an opening dollar touches what follows, a closing one what is before it and no letter or digit after it.
import temml from "../vendor/temml/temml.js";

/** @typedef {import("../vendor/marked/marked.js").Extension} Extension */

const LONGEST = 4000;
const DISPLAYED = /^(?:\$\$([^$]+)\$\$|\\\[([\s\S]+?)\\\])/;
const BLOCK = /^ {0,3}(?:\$\$([^$]+)\$\$|\\\[([\s\S]+?)\\\])[ \t]*(?:\n|$)/;
const INLINE = /^(?:\$(?![\s$])((?:\\[^\n]|[^$\\\n])*?[^\s$\\])\$(?![\w$])|\\\(([\s\S]+?)\\\))/;

/**
 * The extensions of marked that draw it. @param {(text: string) => string} asWritten HTML of a text that is not drawn.
 * @returns {Extension[]}
 */
export const math = (asWritten) => {
  /** @param {{raw: string, tex: string, displayed: boolean}} token */
  const renderer = ({ raw, tex, displayed }) => {
    if (tex.length > LONGEST) return asWritten(raw);
    try {
      return drawn(tex, displayed);
    } catch {
      return asWritten(raw);
    }
  };
  return [
    {
      name: "mathBlock",
      level: "block",
      start: (text) => index(text, /\$\$|\\\[/),
      tokenizer: token("mathBlock", BLOCK),
      renderer,
    },
    {
      name: "mathShown",
      level: "inline",
      start: (text) => index(text, /\$\$|\\\[/),
      tokenizer: token("mathShown", DISPLAYED),
      renderer,
    },
    {
      name: "math",
      level: "inline",
      start: (text) => index(text, /\$|\\\(/),
      tokenizer: token("math", INLINE),
      renderer,
    },
  ];
};

/** @param {string} text @param {RegExp} pattern */
const index = (text, pattern) => pattern.exec(text)?.index;

/** What marked calls to find a formula at the beginning of a text. @param {string} type @param {RegExp} pattern */
const token = (type, pattern) => (/** @type {string} */ text) => {
  const found = pattern.exec(text);
  if (!found) return undefined;
  return { type, raw: found[0], tex: (found[1] ?? found[2]).trim(), displayed: type !== "math" };
};

/** MathML; where columns are aligned is said as our style sheet reads it. @param {string} tex @param {boolean} displayed */
const drawn = (tex, displayed) =>
  temml.renderToString(tex, {
    displayMode: displayed,
    throwOnError: true,
    trust: false,
    strict: false,
    maxSize: [20, 20],
    maxExpand: 200,
  }).replaceAll(/class="tml-(left|right)"/g, 'align="$1"');
