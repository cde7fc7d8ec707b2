import assert from "node:assert/strict";
import { body, empty, read, wholeList, words, write } from "../../assets/lib/browse_address.js";

globalThis.studio = {
  language: "en",
  t: (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]),
};
const place = (query) => read(new URLSearchParams(query));

const FULL =
  "text=a+%26+b&state=waiting%2Crejected&category=&dataset=%3Cmy%3E&round=0&teacher=reference&annotator=ada" +
  "&criterion=Short&curriculum=2&row_id=7&metadata_key=level&metadata_value=3&similarity=-0.5..0.25&edit=..40" +
  "&note=&stale=1&sort=queue&after=12.5%7E7";

Deno.test("an address is read and written as it was", () => {
  const { similarity, edit, category, note, after, states } = place(FULL);
  assert.deepEqual([similarity, edit, category, note, after], [["-0.5", "0.25"], ["", "40"], "", "", [12.5, 7]]);
  assert.deepEqual(states, ["waiting", "rejected"]);
  assert.equal(write(place(FULL), ""), `?${FULL}`);
});

Deno.test("what nobody could have chosen is passed over", () => {
  for (const wrong of ["state=gone", "sort=id", "after=1", "after=1~2~3", "after=a~2", "edit=x..y", "stale=yes"]) {
    assert.deepEqual(place(wrong), place(""), wrong);
    assert.equal(write(place(wrong), ""), "");
  }
  assert.deepEqual(place("similarity=0.5").similarity, ["0.5", ""]);
});

Deno.test("what else an address holds stays, and a part that is no longer chosen goes", () => {
  assert.equal(write(place("teacher=few"), "?__theme=dark&dataset=old"), "?__theme=dark&teacher=few");
  assert.equal(write(place(""), "?teacher=few"), "");
});

Deno.test("the whole list's address names no page of it", () => {
  assert.equal(wholeList(place("after=1~2&sort=oldest&text=x")), "text=x&sort=oldest");
});

Deno.test("the server is asked with numbers, and with null for what lets all pass", () => {
  const asked = body(place("round=3&similarity=..0&edit=5..&text=%20x%20"));
  assert.deepEqual([asked.round, asked.similarity, asked.edit_size, asked.text], [3, [null, 0], [5, null], "x"]);
  assert.deepEqual([asked.category, asked.states, asked.stale], [null, [], false]);
  assert.ok(!("after" in asked) && !("sort" in asked) && !("edit" in asked));
});

Deno.test("a filter is told in words, part by part", () => {
  assert.deepEqual(words(place(FULL), [["waiting", "open"]]), [
    "state: open, rejected",
    "stale",
    "no matching rubric",
    "data set: <my>",
    "drafted by the base model or imported",
    "teacher: reference",
    "decided by: ada",
    "criterion: Short",
    "curriculum 2, its newest round",
    "row's id: 7",
    "level: 3",
    "similarity -0.5 – 0.25",
    "edit size up to 40\u00a0%",
    "with a note",
    "text: “a & b”",
  ]);
  assert.deepEqual(words(empty(), []), []);
});
