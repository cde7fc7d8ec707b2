// How a text is shown: in a monospace face where its white space carries meaning, with changed white space made visible,
// and rendered where a person wants to read its Markdown. The diff is always that of the text itself.
"use strict";
studio.texts = {
  WIDEST: 160,

  /** The classes of a text's box: code and tables keep their lines whole where these are not too long for that. */
  face: (item, name, ...texts) => {
    if (!item.laid_out?.includes(name)) return "";
    const longest = Math.max(0, ...texts.flatMap((text) => (text ?? "").split("\n").map((line) => line.length)));
    return longest <= studio.texts.WIDEST ? " code whole" : " code";
  },
  answers: (item) => [item.draft, item.revision, item.final_text, ...(item.others ?? []).map((other) => other.revision)],

  /** A changed text whose change is one of white space alone, with that made visible; null for any other text. */
  spaced: (text, other) => {
    const words = (one) => one.replace(/\s+/g, "");
    if (text.trim() !== "" && words(text) !== words(other)) return null;
    const [pieces, others] = [text.split(/(\s+)/), other.split(/(\s+)/)];
    const alike = pieces.length === others.length && pieces.every((piece, i) => i % 2 || piece === others[i]);
    return pieces.map((piece, i) => (i % 2 && !(alike && piece === others[i]) ? studio.texts.marked(piece) : piece));
  },
  /** The lines' ends that a change of white space alone begins with on both sides: they did not change. */
  common: (before, after) => {
    if ((before + after).trim() !== "") return "";
    const [a, b] = [before, after].map((text) => /^[\r\n]*/.exec(text)[0]);
    let n = 0;
    while (n < Math.min(a.length, b.length) && a[n] === b[n]) n += 1;
    return a.slice(0, n);
  },
  /** White space with a sign over each character; what is copied is the white space. */
  marked: (space) => {
    const signs = { " ": "·", "\t": "→", "\n": "↵", "\r\n": "␍↵", "\r": "␍", "\u00a0": "⍽", "\u3000": "□" };
    return space.match(/ +|\r\n|\s/g).map((run) => {
      const sign = run[0] === " " ? "·".repeat(run.length) : signs[run] ?? `U+${run.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      return studio.h("span", { class: /[\r\n]/.test(run) ? "ws end" : "ws", "data-sign": sign }, run);
    });
  },

  /** Plain or rendered, for all texts of the desk; remembered in this browser. */
  isRendered: () => localStorage.getItem("citing-rendered") === "1",
  setRendered: (on) => localStorage.setItem("citing-rendered", on ? "1" : "0"),
  choice: (act) => {
    const { h, t } = studio;
    const is = studio.texts.isRendered();
    return h("span", { class: "segments", role: "group", "aria-label": t("How to show the texts"), "aria-keyshortcuts": "M" },
      [[false, t("plain")], [true, t("rendered")]].map(([on, label]) => h("button", { "aria-pressed": String(on === is), onclick: () => act.render(on) }, label)));
  },
  /** The text with its Markdown rendered; until what does it has been fetched, and where it cannot be, the text itself. */
  rendered: (text) => {
    const box = studio.h("div", { class: "rendered", dir: "auto" }, studio.h("p", { class: "as-is" }, studio.plain(text)));
    if (studio.markdown) studio.texts.draw(box, text);
    else import("./lib/markdown.js").then((module) => { studio.markdown = module.rendered; studio.texts.draw(box, text); }, console.warn);
    return box;
  },
  draw: (box, text) => {
    const fragment = studio.markdown(text);
    const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    for (const node of nodes) node.replaceWith(...[studio.plain(node.data)].flat());
    for (const node of fragment.querySelectorAll("p, li, h3, h4, h5, h6, td, th, pre")) { node.dir = "auto"; node.lang = ""; }
    for (const node of fragment.querySelectorAll("pre")) { node.tabIndex = 0; }
    box.replaceChildren(fragment);
  },
};
