import assert from "node:assert/strict";
import { turned } from "../../assets/pages/browse_list.js";

const FIRST = { place: { text: "x", after: null }, before: [] };

Deno.test("pages are turned by their keys, there and back", () => {
  const second = turned(FIRST, "next", [1, 50]);
  assert.deepEqual(second, { place: { text: "x", after: [1, 50] }, before: [null] });
  const third = turned(second, "next", [1, 100]);
  assert.deepEqual(third.before, [null, [1, 50]]);
  assert.deepEqual(turned(third, "before", null), second);
  assert.deepEqual(turned(second, "before", null), FIRST);
});

Deno.test("the first page is gone to from any, also from a link into the middle", () => {
  assert.deepEqual(turned({ place: { text: "x", after: [1, 50] }, before: [] }, "before", null), FIRST);
  assert.deepEqual(turned({ place: { text: "x", after: [1, 50] }, before: [null] }, "first", [1, 100]), FIRST);
});
