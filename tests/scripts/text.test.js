import assert from "node:assert/strict";
import { mixed, pieces } from "../../assets/lib/text.js";

Deno.test("signs that turn or hide a text are told apart, and all of it is kept", () => {
  assert.deepEqual(pieces("a\u202eb\ufeff"), [
    { read: "a", sign: null },
    { read: "", sign: "U+202E" },
    { read: "b", sign: null },
    { read: "", sign: "U+FEFF" },
    { read: "", sign: null },
  ]);
});

Deno.test("joined emoji and words stay whole", () => {
  for (const text of ["👩‍👩‍👧 می‌خواهم", ""]) assert.deepEqual(pieces(text), [{ read: text, sign: null }]);
});

Deno.test("a sentence has parts of a page in the place of its names, each where the language puts it", () => {
  const by = { tag: "b" };
  assert.deepEqual(mixed("{n} by {by}", { n: 2, by }), ["", 2, " by ", by, ""]);
  assert.deepEqual(mixed("nothing", {}), ["nothing"]);
});
