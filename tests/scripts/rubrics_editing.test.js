import assert from "node:assert/strict";
import { added, alike, changed, fresh, moved, restored, without } from "../../assets/pages/rubrics_editing.js";
import { grouped, ticked } from "../../assets/pages/rubrics_ticking.js";

const criterion = (name) => ({ name, good: `${name} yes`, bad: `${name} no` });
const [a, b, c] = ["a", "b", "c"].map(criterion);
const category = { name: "whys", description: "Says why.", rubric: { version: 2, author: "ada", criteria: [a, b] } };

Deno.test("what is typed begins as the rubric is, and typing leaves the rubric as it was", () => {
  const typed = fresh(category);
  typed.criteria[0].name = "other";
  assert.equal(category.rubric.criteria[0].name, "a");
  assert.deepEqual(fresh(category), { version: 2, description: "Says why.", criteria: [a, b] });
});

Deno.test("two texts are alike whatever version they were made on, and not in another order", () => {
  const typed = fresh(category);
  assert.ok(alike(typed, { ...typed, version: 7 }));
  assert.ok(!alike(typed, { ...typed, criteria: [b, a] }));
  assert.ok(!alike(typed, { ...typed, description: "" }));
});

Deno.test("what the browser kept comes back, and what cannot be read is nothing", () => {
  const typed = fresh(category);
  assert.deepEqual(restored(JSON.stringify(typed)), typed);
  assert.equal(restored(null), null);
  assert.equal(restored('{"version": 2, "crit'), null);
});

Deno.test("a criterion is changed, added, removed and moved, and the list before stays", () => {
  const before = [a, b, c];
  assert.deepEqual(changed(before, 1, { bad: "no" }), [a, { ...b, bad: "no" }, c]);
  assert.deepEqual(added(before), [a, b, c, { name: "", good: "", bad: "" }]);
  assert.deepEqual(without(before, 0), [b, c]);
  assert.deepEqual(moved(before, 2, -1), [a, c, b]);
  assert.deepEqual(moved(before, 0, 1), [b, a, c]);
  assert.deepEqual(before, [a, b, c]);
});

Deno.test("members are listed in their two groups, or all together where the embeddings know no two", () => {
  const member = (id, group) => ({ id, group, text: "" });
  const two = [member(1, 0), member(2, 1), member(3, 0), member(4, null)];
  const ids = (members) => members.map(({ id }) => id);
  const { one, two: second, others } = grouped(two);
  assert.deepEqual([one, second, others].map(ids), [[1, 3], [2], [4]]);
  const alone = [member(1, 0), member(2, null)];
  assert.deepEqual(grouped(alone), { one: [], two: [], others: alone });
});

Deno.test("a member is ticked once, and no more when it is unticked", () => {
  const chosen = ticked(ticked(new Set([5]), 7, true), 7, true);
  assert.deepEqual([...chosen], [5, 7]);
  assert.deepEqual([...ticked(chosen, 5, false)], [7]);
});
