import assert from "node:assert/strict";
import { judgeOf, judges, signed, standing, together } from "../../assets/pages/comparisons_rates.js";

const rate = (low, high) => ({ rate: 0.6, low, high });
const pair = (judge, prompt_hash, first) => ({
  first: { key: first },
  test_set: { hash: "h" },
  answer: "draft",
  source: "judge",
  judge,
  prompt_hash,
});

Deno.test("a result is clear only where the interval leaves one half out", () => {
  const found = [[0.51, 0.7], [0.3, 0.49], [0.5, 0.7], [0.3, 0.5], [0.4, 0.6], [null, null]].map(([low, high]) =>
    standing(rate(low, high))
  );
  assert.deepEqual(found, ["ahead", "behind", "open", "open", "open", "unknown"]);
  assert.equal(standing({ rate: null, low: null, high: null }), "unknown");
});

Deno.test("a judge asked in two ways is two judges, and the one with the most pairs is first", () => {
  const rates = [pair("a", "p", 1), pair("b", "p", 1), pair("b", "q", 1), pair("b", "q", 2)];
  const found = judges(rates).map((one) => [one.judge, one.prompt_hash]);
  assert.deepEqual(found, [["b", "q"], ["a", "p"], ["b", "p"]]);
  assert.deepEqual(judgeOf(rates[0]), {
    test_set: "h",
    answer: "draft",
    source: "judge",
    judge: "a",
    prompt_hash: "p",
  });
  assert.deepEqual(judges([]), []);
});

Deno.test("a price that is missing is not taken for nothing", () => {
  assert.deepEqual(together([{ calls: 2, most: 5 }, { calls: 3, most: 7 }]), { calls: 5, most: 12 });
  assert.deepEqual(together([{ calls: 2, most: 5 }, { calls: 3, most: null }]), { calls: 5, most: null });
  assert.deepEqual(together([]), { calls: 0, most: 0 });
});

Deno.test("a difference has its sign", () => {
  assert.deepEqual([3, -3, 0].map(signed), ["+3", "−3", "0"]);
});
