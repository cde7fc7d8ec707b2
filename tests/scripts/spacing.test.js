import assert from "node:assert/strict";
import { commonEnds, spaced } from "../../assets/lib/spacing.js";
import { changedPieces } from "../../assets/lib/text.js";

const signs = (text, other) => spaced(text, other)?.filter(({ sign }) => sign).map(({ sign }) => sign);

Deno.test("white space that changed has a sign, and a change of words has none", () => {
  assert.deepEqual(signs("a\tb", "a b"), ["→"]);
  assert.deepEqual(signs("a   b", "a b"), ["···"]);
  assert.deepEqual(signs("\r\n\r", ""), ["␍↵", "␍"]);
  assert.deepEqual(signs("\u2003", " "), ["U+2003"]);
  assert.equal(spaced("a b", "a c"), null);
});

Deno.test("only the white space that changed has one", () => {
  assert.deepEqual(signs("a b\tc", "a b c"), ["→"]);
});

Deno.test("what is copied is the text itself", () => {
  assert.equal(spaced(" a\n\tb", "a b").map(({ read }) => read).join(""), " a\n\tb");
});

Deno.test("ends of lines on both sides did not change", () => {
  assert.equal(commonEnds("\n\n  ", "\n\t"), "\n");
  assert.equal(commonEnds("\nword", "\n"), "");
});

Deno.test("joiners are shown where they alone changed, and stay within words elsewhere", () => {
  const shown = (text, other) => changedPieces(text, other).map(({ sign }) => sign).filter(Boolean);
  assert.deepEqual(shown("a\u200db", "ab"), ["U+200D"]);
  assert.deepEqual(shown("a\u200db", "cd"), []);
});
