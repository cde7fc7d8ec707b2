import assert from "node:assert/strict";
import { counted, extent, NONE, pageTicked, stillWaiting, ticked } from "../../assets/pages/browse_ticks.js";

const row = (id, waits = true, edit_size = 0.5) => ({ id, waits, edit_size });
const ROWS = [row(1), row(2), row(3, false), row(4), row(5, true, 0)];
const ids = (now) => [...now.keys()].sort();

Deno.test("a row is ticked and unticked", () => {
  const one = ticked(NONE, ROWS, 2);
  assert.deepEqual(ids(one), [2]);
  assert.deepEqual(ids(ticked(one, ROWS, 2)), []);
  assert.deepEqual(ids(NONE), []);
});

Deno.test("a range follows the row that ends it, in either direction, without what cannot be decided", () => {
  const one = ticked(NONE, ROWS, 1);
  assert.deepEqual(ids(ticked(one, ROWS, 5, 1)), [1, 2, 4, 5]);
  assert.deepEqual(ids(ticked(ticked(NONE, ROWS, 5), ROWS, 2, 5)), [2, 4, 5]);
  const all = pageTicked(NONE, ROWS);
  assert.deepEqual(ids(ticked(all, ROWS, 4, 2)), [1, 5]);
});

Deno.test("a range that began on another page is one row", () => {
  assert.deepEqual(ids(ticked(NONE, ROWS, 4, 99)), [4]);
});

Deno.test("neither what waits for others nor what is not on the page can be ticked", () => {
  assert.deepEqual(ids(ticked(NONE, ROWS, 3)), []);
  assert.deepEqual(ids(ticked(NONE, ROWS, 99)), []);
});

Deno.test("a page is ticked as a whole, and what is ticked on others stays", () => {
  const elsewhere = ticked(NONE, [row(9)], 9);
  const all = pageTicked(ticked(elsewhere, ROWS, 2), ROWS);
  assert.deepEqual(ids(all), [1, 2, 4, 5, 9]);
  assert.deepEqual(ids(pageTicked(all, ROWS)), [9]);
});

Deno.test("a page says how far it is ticked", () => {
  const some = ticked(NONE, ROWS, 1);
  assert.deepEqual(extent(NONE, ROWS), { isPossible: true, all: false, some: false });
  assert.deepEqual(extent(some, ROWS), { isPossible: true, all: false, some: true });
  assert.deepEqual(extent(pageTicked(some, ROWS), ROWS), { isPossible: true, all: true, some: false });
  assert.deepEqual(extent(some, [row(3, false)]), { isPossible: false, all: false, some: false });
});

Deno.test("what was decided meanwhile loses its tick", () => {
  const two = pageTicked(NONE, [row(1), row(9)]);
  assert.deepEqual(ids(stillWaiting(two, [row(1, false), row(2)])), [9]);
  assert.equal(stillWaiting(two, [row(1)]), two);
});

Deno.test("ticks are counted, and those that change nothing", () => {
  assert.deepEqual(counted(pageTicked(NONE, ROWS)), { waiting: 4, unchanged: 1 });
});
