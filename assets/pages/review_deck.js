// @ts-check
// The buttons by which an item is decided, at the foot of the desk.
import { Button } from "../lib/parts.js";
import { copied, t } from "../lib/shared.js";
import { h, useRef } from "../lib/view.js";
import { count, isWhole } from "./review_edits.js";
import { canDecide, isAsDecided, isOpen, maySettle } from "./review_item.js";
import { stateLine } from "./review_names.js";
import { NoteField, short } from "./review_notes.js";

/** @typedef {import("./review_desk.js").Desk} Desk */
/** @typedef {import("./review_item.js").Item} Item */

/** @param {{desk: Desk, onKeys: () => void}} props */
export const Deck = ({ desk, onKeys }) => {
  const { item, editing, said } = desk;
  // Of a decided item its state is told, until something newer is said.
  const tellsState = item && !isOpen(item) && editing === null && said.isOld;
  return h(
    "div",
    { class: "deck", role: "toolbar", "aria-label": t("Decide") },
    editing === null ? h(Decide, { desk }) : h(Write, { desk }),
    h("span", { class: "grow" }),
    h(
      "span",
      { class: `note num${said.isBad ? " bad" : ""}`, role: "status" },
      tellsState ? stateLine(item) : said.text,
    ),
    h("button", { class: "act small help", "aria-label": t("Keys"), onclick: onKeys }, h("kbd", {}, "?")),
  );
};

/** @param {{desk: Desk}} props */
const Decide = ({ desk }) => {
  const { item } = desk;
  const may = canDecide(item);
  const is = (/** @type {import("./review_item.js").Verdict} */ kind) => isAsDecided(item, kind);
  const button = (
    /** @type {string} */ key,
    /** @type {import("../lib/view.js").Child} */ label,
    /** @type {() => void} */ onClick,
    /** @type {boolean} */ isEnabled,
  ) => h(Button, { key, main: key === "A", keys: key, onClick, disabled: !isEnabled }, label, h("kbd", {}, key));
  return [
    button("A", acceptLabel(item), () => desk.decide("accept"), may && !is("accept")),
    button("E", t("Edit"), () => desk.startEdit(), may),
    button("R", t("Reject"), () => desk.decide("reject"), may && !is("reject")),
    button("S", t("Skip"), () => desk.decide("skip"), isOpen(item)),
    button("U", t("Undo"), () => desk.undo(), true),
    desk.isNoting && item
      ? h(Why, { key: item.id, desk, item })
      : button("N", h(NoteLabel, { item }), () => desk.openNote(), may),
  ];
};

/** @param {Item | undefined} item */
const acceptLabel = (item) => {
  if (item && isOpen(item) && !isWhole(item)) {
    return t("Accept {kept} of {count}", { kept: item.kept.size, count: count(item) });
  }
  return item?.state === "disputed" && maySettle(item) ? t("Settle: accept") : t("Accept");
};

/** @param {{desk: Desk}} props */
const Write = ({ desk }) => {
  const { item } = desk;
  const may = canDecide(item);
  const save = h(Button, { main: true, onClick: () => desk.saveEdit() }, t("Save and accept"), h("kbd", {}, "Ctrl ⏎"));
  return [
    desk.isNoting && item && h(Why, { key: item.id, desk, item }),
    may ? save : h(Copy, { desk }),
    h(Button, { onClick: () => desk.leaveEdit() }, t("Cancel"), h("kbd", {}, "Esc")),
    may && !desk.isNoting && h(Button, { onClick: () => desk.openNote() }, h(NoteLabel, { item })),
  ];
};

/** The text of who came too late, for elsewhere. @param {{desk: Desk}} props */
const Copy = ({ desk }) => {
  const copy = async () => {
    const isThere = await copied(desk.editing ?? "");
    /** @type {HTMLTextAreaElement | null} */ (document.querySelector("textarea.editor"))?.select();
    if (isThere) desk.say(t("copied"));
  };
  return h(Button, { main: true, onClick: copy }, t("Copy the text"));
};

/** @param {{desk: Desk, item: Item}} props */
const Why = ({ desk, item }) => {
  const editor = useRef(desk.editing !== null);
  const done = (/** @type {string} */ value) => {
    desk.closeNote(value);
    if (editor.current) /** @type {HTMLElement | null} */ (document.querySelector("textarea.editor"))?.focus();
  };
  const label = t("Why? Enter keeps it, then decide");
  const onType = (/** @type {string} */ value) => desk.typeNote(value);
  return h(NoteField, { label, value: item.note ?? "", offered: desk.offered, onType, onDone: done });
};

/** @param {{item: Item | undefined}} props */
const NoteLabel = ({ item }) => item?.note ? h("span", { dir: "auto", lang: "" }, "✎ ", short(item.note)) : t("Note");
