// @ts-check
// The revision that is decided on: its words with their edits, or the editor with the text that a person writes.
import { FOREIGN, Segments } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h, useAsked, useEffect, useLayoutEffect, useRef } from "../lib/view.js";
import { size, Warnings } from "./review_cards.js";
import { RevisionWords } from "./review_diff.js";
import { count, result, toggle } from "./review_edits.js";
import { isOpen } from "./review_item.js";
import { answerFace, PlainOrRendered, Words } from "./review_texts.js";
import { Tool } from "./review_tool.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("./review_texts.js").Looks} Looks */
/** @typedef {import("./review_desk.js").Desk} Desk */

const LOOK_TWICE_AFTER = 400;
const MOST_OF_THE_WINDOW = 0.6;

/**
 * @param {{desk: Desk, item: Item, looks: Looks, isKey: (event: KeyboardEvent) => boolean}} props
 */
export const RevisionCard = ({ desk, item, looks, isKey }) => {
  const { editing } = desk;
  const card = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    card.current?.querySelector(".hunk.at")?.scrollIntoView({ block: "nearest" });
  }, [item.at, item.kept.size]);
  const several = editing === null && isOpen(item) && item.others.length > 0;
  const view = several && looks.view === "side" ? "inline" : looks.view;
  const words = { item, label: t("Revision"), text: result(item), looks };
  const onToggle = isOpen(item) ? (/** @type {number} */ n) => desk.choose((one) => toggle(one, n)) : null;
  return h(
    "section",
    { class: `card revision-card${several ? " chosen" : ""}`, ref: card },
    h(Heading, { item, isEditing: editing !== null, several, view, looks }),
    h(
      "div",
      { class: "warnings", role: "status" },
      h(LookTwice, { key: editing === null ? "read" : "written", desk, item }),
    ),
    editing !== null ? h(Editor, { desk, item, text: editing }) : [
      h(Words, words, h(RevisionWords, { item, view, onToggle })),
      isOpen(item) && !looks.isRendered && h(Tool, { item, choose: (change) => desk.choose(change), isKey }),
    ],
  );
};

/**
 * @param {{item: Item, isEditing: boolean, several: boolean, view: import("./review_texts.js").View, looks: Looks}} props
 */
const Heading = ({ item, isEditing, several, view, looks }) => {
  const views = /** @type {[import("./review_texts.js").View, string][]} */ ([
    ["inline", t("inline")],
    ["side", t("side by side")],
    ["final", t("final")],
  ]);
  const name = several ? h("span", FOREIGN, item.revision_author) : isEditing ? t("Your edit") : t("Revision");
  return h(
    "h2",
    {},
    name,
    h("small", { class: "num" }, size(item)),
    h("span", { class: "grow" }),
    several && h(PlainOrRendered, { looks }),
    !isEditing && !looks.isRendered && Segments({
      label: t("How to show the edits"),
      value: view,
      options: several ? views.filter(([one]) => one !== "side") : views,
      onChange: looks.setView,
    }),
  );
};

/** The warnings about the text as it would be accepted now. @param {{desk: Desk, item: Item}} props */
const LookTwice = ({ desk, item }) => {
  const { editing } = desk;
  const revision = isOpen(item) ? item.revision_id : null;
  const asked = editing === null ? null : { item: item.id, text: editing, revision };
  const { answer } = useAsked(desk.ask, "warnings", asked, LOOK_TWICE_AFTER);
  if (editing !== null) return h(Warnings, { sentences: answer?.warnings ?? [] });
  if (!isOpen(item)) return null;
  const isDraft = count(item) > 0 && !item.kept.size;
  return h(Warnings, { sentences: isDraft ? ["This is the draft, unchanged."] : item.warnings });
};

/** @param {{desk: Desk, item: Item, text: string}} props */
const Editor = ({ desk, item, text }) => {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useLayoutEffect(() => {
    if (area.current) grow(area.current);
  }, [text]);
  useLayoutEffect(() => {
    area.current?.focus();
    area.current?.closest(".card")?.scrollIntoView({ block: "nearest" });
  }, [desk.notice]); // what can be done about a notice leaves one in the text again
  useEffect(() => {
    const timer = setTimeout(() => desk.keepTyped(), LOOK_TWICE_AFTER);
    return () => clearTimeout(timer);
  }, [text]);
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Escape") desk.leaveEdit();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    desk.saveEdit();
  };
  return h("textarea", {
    ref: area,
    class: `editor${answerFace(item)}`,
    "aria-label": t("Revision text"),
    spellcheck: true,
    ...FOREIGN,
    value: text,
    oninput: (/** @type {any} */ event) => desk.type(event.target.value),
    onkeydown: press,
  });
};

/** @param {HTMLTextAreaElement} area */
const grow = (area) => {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 4, innerHeight * MOST_OF_THE_WINDOW)}px`;
};
