// @ts-check
// A revision's edits: each can be kept or dropped, and says which criterion it serves. Nothing is drawn here.
import { commonEnds } from "../lib/spacing.js";

/** @typedef {{before: string, after: string, criterion: string | null}} Part A stretch of the diff. */
/**
 * @typedef {Part & {n: number, common: string}} Numbered An edit's number, 0 for what stays; what both sides
 *   begin with.
 */
/**
 * A teacher's revision of a draft (RevisionView of citing_app/workflows/desk/item_view.py).
 * @typedef {{revision_id: number | null, revision: string | null, revision_author: string | null, parts: Part[],
 *   changed: number, warnings: string[]}} Revision
 */
/**
 * What was chosen on a revision: the numbers of the edits that are kept, the one under the keys (0: none), and the
 * criteria that were corrected.
 * @typedef {{kept: Set<number>, at: number, criteria: Record<number, string>}} Choices
 */
/**
 * @typedef {Revision & Choices & {final_text?: string | null}} Chosen A revision with its choices; `final_text`
 *   counts.
 */
/** @typedef {Chosen & {others: (Revision & Partial<Choices>)[]}} OneOfSeveral The revision decided on, among others. */

const OF_A_REVISION = /** @type {const} */ ([
  "revision_id",
  "revision",
  "revision_author",
  "parts",
  "changed",
  "warnings",
  "kept",
  "at",
  "criteria",
]);

/** The parts of the diff; a changed part has a number, counted from 1. @param {Revision} item @returns {Numbered[]} */
export const numbered = (item) => {
  let n = 0;
  return item.parts.map((part) => {
    const stays = part.before === part.after;
    return { ...part, n: stays ? 0 : (n += 1), common: stays ? "" : commonEnds(part.before, part.after) };
  });
};

/** @param {Revision} item */
export const count = (item) => item.parts.filter((part) => part.before !== part.after).length;

/** @param {Revision} item */
const everyNumber = (item) => new Set(numbered(item).map(({ n }) => n).filter(Boolean));

/**
 * Gives a revision its choices where it has none: every edit kept, none under the keys, no criterion corrected.
 * @template {Revision & Partial<Choices>} T
 * @param {T} item
 * @returns {T & Choices}
 */
export const prepared = (item) => {
  item.kept ??= everyNumber(item);
  item.at ??= 0;
  item.criteria ??= {};
  return /** @type {T & Choices} */ (item);
};

/**
 * Every teacher's revision of the item, in the order of their names; the one decided on is the item itself.
 * @param {OneOfSeveral} item
 */
export const revisions = (item) =>
  [item, ...item.others].sort((a, b) => (a.revision_author ?? "").localeCompare(b.revision_author ?? ""));

/**
 * Decide on another teacher's revision; what was chosen on this one is kept for coming back.
 * @param {OneOfSeveral} item @param {number | null} id
 */
export const pick = (item, id) => {
  const place = item.others.findIndex((other) => other.revision_id === id);
  if (place < 0) return;
  const mine = Object.fromEntries(OF_A_REVISION.map((name) => [name, item[name]]));
  const [chosen] = item.others.splice(place, 1, /** @type {any} */ (mine));
  Object.assign(item, { kept: undefined, at: undefined, criteria: undefined }, chosen);
  prepared(item);
};

/** Decide on the next teacher's revision. @param {OneOfSeveral} item */
export const pickNext = (item) => {
  const all = revisions(item);
  if (all.length > 1) pick(item, all[(all.indexOf(item) + 1) % all.length].revision_id);
};

/** Whether every edit is kept. @param {Chosen} item */
export const isWhole = (item) => item.kept.size === count(item);

/** The text as it will be stored. @param {Chosen} item @returns {string} */
export const result = (item) => {
  if (item.revision === null) return "";
  if (isWhole(item)) return item.final_text ?? item.revision;
  return numbered(item).map(({ n, before, after }) => (n && item.kept.has(n) ? after : before)).join("");
};

/** @param {Chosen} item @param {number} n */
export const toggle = (item, n) => {
  item.at = n;
  if (!item.kept.delete(n)) item.kept.add(n);
};

/** @param {Chosen} item */
export const keepAll = (item) => {
  item.kept = everyNumber(item);
};

/** The next edit (`step` 1) or the one before (-1) comes under the keys. @param {Chosen} item @param {number} step */
export const move = (item, step) => {
  const edits = count(item);
  if (edits) item.at = item.at ? ((item.at - 1 + step + edits) % edits) + 1 : step > 0 ? 1 : edits;
};

/** @param {Chosen} item @param {Numbered} part */
export const criterion = (item, part) => item.criteria[part.n] ?? part.criterion ?? "";

/** What a decision sends: the numbers of the kept edits, or null for all of them. @param {Chosen} item */
export const sent = (item) => ({
  revision: item.revision_id,
  kept_hunks: isWhole(item) ? null : [...item.kept].sort((a, b) => a - b),
  criteria: item.criteria,
});
