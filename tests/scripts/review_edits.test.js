import assert from "node:assert/strict";
import {
  count,
  criterion,
  isWhole,
  keepAll,
  move,
  numbered,
  pickNext,
  prepared,
  result,
  sent,
  toggle,
} from "../../assets/pages/review_edits.js";

const part = (before, after, criterion = null) => ({ before, after, criterion });
const item = (more = {}) =>
  prepared({
    revision_id: 7,
    revision: "Cats meow by day.",
    revision_author: "zoe",
    parts: [
      part("Cats ", "Cats "),
      part("bark", "meow", "true"),
      part(" ", " "),
      part("at night", "by day"),
      part(".", "."),
    ],
    others: [],
    ...more,
  });

Deno.test("edits are numbered from 1, and what stays has no number", () => {
  assert.deepEqual(numbered(item()).map(({ n }) => n), [0, 1, 0, 2, 0]);
  assert.equal(count(item()), 2);
});

Deno.test("what is kept is what is stored and what is sent", () => {
  const one = item();
  assert.equal(result(one), "Cats meow by day.");
  assert.deepEqual(sent(one), { revision: 7, kept_hunks: null, criteria: {} });
  toggle(one, 1);
  assert.equal(result(one), "Cats bark by day.");
  assert.deepEqual(sent(one).kept_hunks, [2]);
  toggle(one, 2);
  assert.equal(result(one), "Cats bark at night.");
  assert.deepEqual(sent(one).kept_hunks, []);
  keepAll(one);
  assert.ok(isWhole(one));
});

Deno.test("a text that a person wrote counts while every edit is kept", () => {
  assert.equal(result(item({ final_text: "Cats purr." })), "Cats purr.");
  assert.equal(result(item({ revision: null, parts: [] })), "");
});

Deno.test("the keys go round the edits, in both directions", () => {
  const one = item();
  const places = [1, 1, 1, -1].map((step) => {
    move(one, step);
    return one.at;
  });
  assert.deepEqual(places, [1, 2, 1, 2]);
  const backwards = item();
  move(backwards, -1);
  assert.equal(backwards.at, 2);
});

Deno.test("a corrected criterion counts before the teacher's", () => {
  const one = item();
  const [, first] = numbered(one);
  assert.equal(criterion(one, first), "true");
  one.criteria[1] = "";
  assert.equal(criterion(one, first), "");
});

Deno.test("the next teacher's revision is decided on, and coming back finds what was chosen", () => {
  const other = {
    revision_id: 8,
    revision: "Cats sleep.",
    revision_author: "adam",
    parts: [part("Cats bark at night.", "Cats sleep.")],
    changed: 0.5,
    warnings: [],
  };
  const one = item({ others: [other] });
  toggle(one, 2);
  pickNext(one);
  assert.deepEqual([one.revision_id, result(one), one.others[0].revision_id], [8, "Cats sleep.", 7]);
  pickNext(one);
  assert.deepEqual([one.revision_id, result(one)], [7, "Cats meow at night."]);
});
