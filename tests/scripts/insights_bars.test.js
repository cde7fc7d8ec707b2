import assert from "node:assert/strict";
import { stretches } from "../../assets/pages/insights_bars.js";
import { byOf } from "../../assets/pages/insights_figures.js";

const rate = (count, n) => ({ count, share: count / n, low: 0, high: 1 });
const rates = (accept, edit, reject) => {
  const n = accept + edit + reject;
  return { accept: rate(accept, n), edit: rate(edit, n), reject: rate(reject, n) };
};

Deno.test("the stretches of a bar follow each other and fill it", () => {
  assert.deepEqual(stretches(rates(2, 1, 1), 300), [
    { verdict: "accept", from: 0, to: 150 },
    { verdict: "edit", from: 150, to: 225 },
    { verdict: "reject", from: 225, to: 300 },
  ]);
});

Deno.test("a verdict that nobody gave has no stretch", () => {
  assert.deepEqual(stretches(rates(0, 0, 3), 300), [{ verdict: "reject", from: 0, to: 300 }]);
  assert.deepEqual(stretches(rates(1, 0, 1), 300).map(({ verdict }) => verdict), ["accept", "reject"]);
});

Deno.test("the address says how figures are grouped, and what it says wrongly counts for nothing", () => {
  assert.deepEqual(["", "?by=teacher", "?by=constructor"].map(byOf), ["category", "teacher", "category"]);
});
