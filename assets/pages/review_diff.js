// @ts-check
// A draft and its revision with what was changed between them; each edit can be pressed to keep or to drop it.
import { plain } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { spaced } from "../lib/spacing.js";
import { changedPieces } from "../lib/text.js";
import { h } from "../lib/view.js";
import { criterion, numbered, result } from "./review_edits.js";

/** @typedef {import("./review_edits.js").Chosen} Chosen */
/** @typedef {import("./review_edits.js").Numbered} Numbered */
/** @typedef {import("./review_texts.js").View} View */
/** @typedef {import("../lib/view.js").Child} Child */

/**
 * A changed text with what cannot be seen in it made visible.
 * @param {string} text
 * @param {string} other
 * @returns {Child}
 */
const visible = (text, other) => spacedOut(text, other) ?? changedPieces(text, other).map(sign);

/** @param {string} text @param {string} other @returns {Child[] | null} */
const spacedOut = (text, other) =>
  spaced(text, other)?.map(({ read, sign, ends }, i) =>
    sign ? h("span", { key: i, class: ends ? "ws end" : "ws", "data-sign": sign }, read) : read
  ) ?? null;

/** @param {import("../lib/text.js").Piece} piece @param {number} i */
const sign = ({ read, sign }, i) => sign ? h("span", { key: i, class: "unseen" }, sign) : read;

/**
 * The draft's words; side by side with its revision, what goes is marked in it.
 * @param {{item: Chosen & {draft: string}, view: View}} props
 */
export const DraftWords = ({ item, view }) => {
  if (view !== "side") return plain(item.draft);
  return numbered(item).map((part) => {
    if (!part.n) return plain(part.before);
    if (!part.before) return "";
    const [before, after] = [part.before, part.after].map((text) => text.slice(part.common.length));
    const look = item.kept.has(part.n) ? "hunk" : "hunk dropped";
    return [
      part.common,
      h("span", { key: part.n, class: look }, h("sup", {}, part.n), h("del", {}, visible(before, after))),
    ];
  });
};

/**
 * The revision's words. `onToggle` is called when an open item's edit is clicked or pressed.
 * @param {{item: Chosen, view: View, onToggle: ((n: number) => void) | null}} props
 */
export const RevisionWords = ({ item, view, onToggle }) => {
  if (item.revision === null) return h("span", { class: "soft" }, t("The teacher has not revised this draft yet."));
  if (view === "final") return plain(result(item));
  return numbered(item).map((part) =>
    part.n ? [part.common, h(Edit, { key: part.n, item, part, view, onToggle })] : plain(part.after)
  );
};

/** @param {{item: Chosen, part: Numbered, view: View, onToggle: ((n: number) => void) | null}} props */
const Edit = ({ item, part, view, onToggle }) => {
  const { n } = part;
  const isKept = item.kept.has(n);
  const serves = criterion(item, part);
  const dropped = t("dropped: {text}", { text: part.after || "–" });
  const title = !isKept ? dropped : serves ? t("serves: {criterion}", { criterion: serves }) : null;
  const look = `hunk${isKept ? "" : " dropped"}${item.at === n ? " at" : ""}`;
  const words = [h("sup", {}, n), isKept ? keptWords(part, view) : droppedWords(part)];
  if (!onToggle) return h("span", { class: look, title }, words);
  const label = isKept ? t("edit {n}, kept", { n }) : t("edit {n}, dropped", { n });
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onToggle(n);
  };
  const pressed = {
    role: "button",
    tabindex: 0,
    "aria-pressed": String(isKept),
    "aria-label": `${label}. ${part.before} → ${part.after}`,
    onclick: () => getSelection()?.isCollapsed && onToggle(n), // whoever selects words wants to copy them
    onkeydown: press,
  };
  return h("span", { class: look, title, ...pressed }, words);
};

/** @param {Numbered} part @param {View} view @returns {Child} */
const keptWords = (part, view) => {
  const [before, after] = [part.before, part.after].map((text) => text.slice(part.common.length));
  const gone = view === "side" ? h("span", { class: "gone" }, "–") : "";
  return [
    view === "inline" && before ? h("del", {}, visible(before, after)) : "",
    after ? h("ins", {}, visible(after, before)) : gone,
  ];
};

/** @param {Numbered} part @returns {Child} */
const droppedWords = (part) => {
  const [before, after] = [part.before, part.after].map((text) => text.slice(part.common.length));
  return [h("span", { class: "gone", "aria-hidden": "true" }, "⊘"), spacedOut(before, after) ?? before];
};
