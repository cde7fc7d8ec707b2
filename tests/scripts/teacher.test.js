import assert from "node:assert/strict";
import { asking, toggled } from "../../assets/pages/teacher_datasets.js";
import { spentOf } from "../../assets/pages/teacher_money.js";

const EVERY = ["first", "second", "third"];

Deno.test("without a choice the first teacher is asked, and counts as ticked", () => {
  assert.deepEqual(asking(EVERY, []), ["first"]);
  assert.deepEqual(toggled(EVERY, [], "second"), ["first", "second"]);
  assert.deepEqual(toggled(EVERY, [], "first"), []);
});

Deno.test("teachers are kept in the order of all, and one that is gone goes", () => {
  assert.deepEqual(toggled(EVERY, ["third", "gone"], "first"), ["first", "third"]);
  assert.deepEqual(toggled(EVERY, ["first", "third"], "first"), ["third"]);
});

Deno.test("the meter is full at the limit, and empty where nothing may be spent", () => {
  assert.deepEqual([spentOf(20, 5), spentOf(20, 30), spentOf(0, 5)], [25, 100, 0]);
});
