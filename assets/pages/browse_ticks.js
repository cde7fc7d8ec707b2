// @ts-check
// Which rows are ticked: one by one, a range of them, or all of a page. Only what waits for the person can be ticked.

/** @typedef {import("./browse_row.js").Item} Item */
/** @typedef {ReadonlyMap<number, Item>} Ticked By the items' numbers; those of other pages stay. */

/** @type {Ticked} */
export const NONE = new Map();

/**
 * The ticks with these rows ticked or not.
 * @param {Ticked} ticked @param {Item[]} rows @param {boolean} on @returns {Ticked}
 */
const withRows = (ticked, rows, on) => {
  const now = new Map(ticked);
  for (const row of rows) {
    if (on) now.set(row.id, row);
    else now.delete(row.id);
  }
  return now;
};

const waiting = (/** @type {Item[]} */ rows) => rows.filter((row) => row.waits);

/**
 * The ticks after one row's was changed; from `since`, the row that was changed before it, those between follow.
 * @param {Ticked} ticked @param {Item[]} rows @param {number} id @param {number | null} since @returns {Ticked}
 */
export const ticked = (ticked, rows, id, since = null) => {
  const to = rows.findIndex((row) => row.id === id);
  const from = since === null ? to : rows.findIndex((row) => row.id === since);
  if (to < 0) return ticked;
  const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  return withRows(ticked, waiting(rows.slice(first, last + 1)), !ticked.has(id));
};

/** Whether all rows of a page that can be are ticked, some, or none. @param {Ticked} ticked @param {Item[]} rows */
export const extent = (ticked, rows) => {
  const able = waiting(rows);
  const n = able.filter((row) => ticked.has(row.id)).length;
  return { isPossible: able.length > 0, all: n > 0 && n === able.length, some: n > 0 && n < able.length };
};

/**
 * The ticks after those of a whole page were changed: all are ticked, or where all were, none.
 * @param {Ticked} ticked @param {Item[]} rows
 */
export const pageTicked = (ticked, rows) => withRows(ticked, waiting(rows), !extent(ticked, rows).all);

/**
 * The ticks without those on rows that wait no longer.
 * @param {Ticked} ticked @param {Item[]} rows @returns {Ticked}
 */
export const stillWaiting = (ticked, rows) => {
  const gone = rows.filter((row) => !row.waits && ticked.has(row.id));
  return gone.length ? withRows(ticked, gone, false) : ticked;
};

/** How many are ticked, and how many of them equal their drafts. @param {Ticked} ticked */
export const counted = (ticked) => ({
  waiting: ticked.size,
  unchanged: [...ticked.values()].filter((row) => row.edit_size === 0).length,
});
