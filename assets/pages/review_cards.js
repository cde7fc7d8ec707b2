// @ts-check
// The cards of the desk: the task, the draft, its revisions, and the rubric that they are written against.
import { FOREIGN, plain } from "../lib/parts.js";
import { RenderedLater } from "../lib/rendered_later.js";
import { changed, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { DraftWords, RevisionWords } from "./review_diff.js";
import { count, criterion, numbered, prepared } from "./review_edits.js";
import { authorName } from "./review_names.js";
import { face, PlainOrRendered, Words } from "./review_texts.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("./review_texts.js").Looks} Looks */
/** @typedef {{item: Item, looks: Looks}} Shown */

const LONG_TASK = 260;
const LONG_INPUT = 400;

/** The instruction and its input. @param {Shown} props */
export const Task = ({ item, looks }) => {
  const { instruction, input } = item;
  const look = (instruction.length > LONG_TASK ? "long" : "") + face(item, "instruction", instruction);
  const group = { tabindex: 0, role: "group" };
  const scrolls = input.length > LONG_INPUT || item.laid_out.includes("input");
  if (!looks.isRendered) {
    const inputLook = `task-input${face(item, "input", input)}`;
    return [
      h("h1", { key: "task", class: look, ...FOREIGN }, plain(instruction)),
      input && h("p", { class: inputLook, ...FOREIGN, tabindex: scrolls ? 0 : undefined }, plain(input)),
    ];
  }
  const asked = h(RenderedLater, { text: instruction });
  return [
    h("h1", { key: "task", class: "off-screen", ...FOREIGN }, plain(instruction)),
    h("div", { class: "task-rendered", ...group, "aria-label": t("Instruction") }, asked),
    input && h("div", { class: "task-input", ...group, "aria-label": t("Input") }, h(RenderedLater, { text: input })),
  ];
};

/** @param {Shown} props */
export const DraftCard = ({ item, looks }) =>
  h(
    "section",
    { class: "card draft-card" },
    h(
      "h2",
      {},
      t("Draft"),
      h("small", {}, authorName(item.draft_author)),
      h("span", { class: "grow" }),
      h(PlainOrRendered, { looks }),
    ),
    h(Words, { item, label: t("Draft"), text: item.draft, looks }, h(DraftWords, { item, view: looks.view })),
  );

/** How much a revision changed. @param {import("./review_edits.js").Revision} item */
export const size = (item) => {
  if (item.revision === null) return "";
  const edits = count(item);
  return `${edits === 1 ? t("1 edit") : t("{n} edits", { n: edits })} · ${changed(item.changed)}`;
};

/** What to look at twice before a text is accepted. @param {{sentences: string[]}} props */
export const Warnings = ({ sentences }) => sentences.map((one) => h("p", { key: one }, "⚠ ", said(one)));

/**
 * Another teacher's revision of the same draft, to be read beside the one that is decided on.
 * @param {Shown & {other: import("./review_edits.js").Revision, onPick: () => void}} props
 */
export const OtherCard = ({ item, other, looks, onPick }) => {
  const name = other.revision_author ?? "";
  const view = looks.view === "side" ? "inline" : looks.view;
  const choose = {
    class: "act small",
    title: t("Decide on this teacher's revision"),
    "aria-keyshortcuts": "T",
    onclick: onPick,
  };
  return h(
    "section",
    { class: "card other-card" },
    h(
      "h2",
      {},
      h("span", FOREIGN, name),
      h("small", { class: "num" }, size(other)),
      h("span", { class: "grow" }),
      h("button", choose, t("choose"), h("kbd", {}, "T")),
    ),
    h("div", { class: "warnings" }, h(Warnings, { sentences: other.warnings })),
    h(
      Words,
      { item, label: t("Revision by {name}", { name }), text: other.revision ?? "", looks },
      h(RevisionWords, { item: prepared(other), view, onToggle: null }),
    ),
  );
};

/** @param {{item: Item}} props */
export const RubricCard = ({ item }) => {
  const { rubric } = item;
  const why = item.assignment
    ? t("No category is near enough to this instruction, so no rubric is guessed.")
    : t("The embedder has not read this instruction yet.");
  const version = rubric && h("small", {}, h("span", FOREIGN, rubric.category), ` v${rubric.version}`);
  return h(
    "section",
    { class: "card rubric-card" },
    h("h2", {}, t("Rubric"), version),
    rubric ? h(Criteria, { item, rubric }) : h("div", { class: "body soft small" }, why),
  );
};

/** @param {{item: Item, rubric: import("./review_item.js").Rubric}} props */
const Criteria = ({ item, rubric }) => {
  const served = (/** @type {string} */ name) =>
    numbered(item).filter((part) => part.n && criterion(item, part) === name).map(({ n }) => n).join(", ");
  const line = (/** @type {import("./review_item.js").Criterion} */ { name, good, bad }) => {
    const edits = served(name);
    const why = item.rationale[name];
    return h(
      "li",
      { key: name },
      h("b", FOREIGN, name, edits && h("span", {}, t("edit {n}", { n: edits }))),
      h("p", { class: "good", ...FOREIGN, title: t("what a good answer does") }, good),
      h("p", { class: "bad", ...FOREIGN, title: t("what a bad answer does") }, bad),
      why && h("p", { class: "why", ...FOREIGN, title: t("what the teacher says") }, why),
    );
  };
  return h("ul", { class: "rubric", tabindex: 0, "aria-label": t("Rubric") }, rubric.criteria.map(line));
};
