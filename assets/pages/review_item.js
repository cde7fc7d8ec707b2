// @ts-check
// An item of the desk, as the server gives it and with what this visit chose on it; what may be decided of it.
import { isAnnotator } from "../lib/shared.js";

/** @typedef {"waiting" | "disputed" | "accepted" | "rejected" | "drafted" | "held_out"} State */
/** @typedef {"accept" | "edit" | "reject" | "skip"} Verdict */
/** @typedef {{name: string, good: string, bad: string}} Criterion */
/** @typedef {{category: string, version: number, criteria: Criterion[]}} Rubric */
/**
 * @typedef {{category: string | null, similarity: number, runner_up: string | null,
 *   runner_up_similarity: number}} Assignment
 */
/** @typedef {{by: string, to: string, to_you: boolean, note: string | null, at: string}} SentBack */
/**
 * DecisionView of citing_app/workflows/desk/item_view.py.
 * @typedef {{id: string, kind: Verdict | "undo", annotator: string, at: string, version: number,
 *   final_text: string | null, kept_hunks: number[] | null, settles: boolean, undone: boolean, batch: string | null,
 *   note: string | null, sent_to: string | null, mine: boolean}} Decision
 */
/**
 * ReviewedView of citing_app/workflows/desk/item_view.py.
 * @typedef {import("./review_edits.js").OneOfSeveral & {id: number, version: number, state: State,
 *   turns: import("../lib/parts.js").Turn[], instruction: string, input: string, laid_out: string[], dataset: string,
 *   category: string | null, sorted: boolean, assignment: Assignment | null, rubric: Rubric | null,
 *   rationale: Record<string, string>, draft: string, draft_author: string, slots: number, stale: boolean,
 *   written_against: [string, number] | null, final_text: string | null, decided_by: string | null,
 *   learned_in: number | null, history: Decision[] | null, hides: boolean, mine: boolean, counts_mine: boolean,
 *   sent_back: SentBack | null, reason?: string}} Reviewed
 */
/** @typedef {{id: string | null, metadata: Record<string, string>}} Origin The row that an item was imported from. */
/**
 * `note` goes with the decision, `typed` waits in the editor, `origin` is asked for when somebody opens it, and
 * `showsHistory` says that somebody opened that.
 * @typedef {Reviewed & {note?: string, typed?: string, origin?: Origin | null, showsHistory?: boolean}} Item
 */

/** Whether it waits for this person's decision. @param {Item | undefined} item */
export const isOpen = (item) =>
  item !== undefined && (item.state === "disputed" || (item.state === "waiting" && !item.mine));

/** Whether this person may decide it, or decide it anew. @param {Item | undefined} item */
export const canDecide = (item) => isOpen(item) || Boolean(item?.mine);

/**
 * Of a disagreement that one is part of, an owner can make an end; another changes what they said themselves.
 * @param {Item | undefined} item
 */
export const maySettle = (item) => !item?.mine || !isAnnotator();

/**
 * Whether the item already is what this decision would make it, by this person's own word.
 * @param {Item | undefined} item @param {Verdict} kind
 */
export const isAsDecided = (item, kind) => {
  const made = { accept: "accepted", reject: "rejected", edit: null, skip: null }[kind];
  return Boolean(item?.counts_mine && !item.note && item.state === made);
};
