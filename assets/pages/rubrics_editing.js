// @ts-check
// A rubric as it is being edited: what is typed, and what it was made on.

/** @typedef {import("./rubrics.js").Criterion} Criterion */
/** @typedef {{version: number, description: string, criteria: Criterion[]}} Typed `version` is the one it was made on. */

/** A category's rubric before anything is typed. @param {import("./rubrics.js").Category} category @returns {Typed} */
export const fresh = ({ rubric, description }) => ({
  version: rubric.version,
  description,
  criteria: rubric.criteria.map(({ name, good, bad }) => ({ name, good, bad })),
});

/** Whether both say the same, whatever they were made on. @param {Typed} one @param {Typed} other */
export const alike = (one, other) =>
  JSON.stringify([one.description, one.criteria]) === JSON.stringify([other.description, other.criteria]);

/** What this browser kept of it; null where that is nothing, or cannot be read. @param {string | null} text
 * @returns {Typed | null} */
export const restored = (text) => {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
};

/** With something else in one criterion. @param {Criterion[]} criteria @param {number} at
 * @param {Partial<Criterion>} change */
export const changed = (criteria, at, change) =>
  criteria.map((one, place) => (place === at ? { ...one, ...change } : one));

/** With one more, which is empty. @param {Criterion[]} criteria */
export const added = (criteria) => [...criteria, { name: "", good: "", bad: "" }];

/** Without one. @param {Criterion[]} criteria @param {number} at */
export const without = (criteria, at) => criteria.filter((_, place) => place !== at);

/** With one moved by so many places. @param {Criterion[]} criteria @param {number} at @param {number} by */
export const moved = (criteria, at, by) => without(criteria, at).toSpliced(at + by, 0, criteria[at]);
