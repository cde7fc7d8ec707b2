import assert from "node:assert/strict";
import { bars, below, placeOf, total } from "../../assets/pages/unmatched_figures.js";

const spread = { counts: [4, 0, 2, 10], low: 0, high: 0.8 };

Deno.test("what lies below a floor is counted by whole bins, and by the share of the one it cuts", () => {
  const counted = [-1, 0, 0.1, 0.2, 0.5, 0.8, 2].map((at) => Math.round(100 * below(spread, at)) / 100);
  assert.deepEqual(counted, [0, 0, 2, 4, 5, 16, 16]);
  assert.equal(total(spread), 16);
});

Deno.test("the highest bar fills the height, and a bar is under the floor by its middle", () => {
  const drawn = bars(spread, 0.5, { width: 400, height: 100 });
  assert.deepEqual(drawn.map(({ height }) => height), [40, 0, 20, 100]);
  assert.deepEqual(drawn.map(({ y }) => y), [60, 100, 80, 0]);
  assert.deepEqual(drawn.map(({ x, width }) => [x, width]), [[0, 99], [100, 99], [200, 99], [300, 99]]);
  assert.deepEqual(drawn.map(({ isUnder }) => isUnder), [true, true, false, false]);
  assert.equal(placeOf(spread, 0.4, 400), 200);
});

Deno.test("similarities that are all the same are drawn, and no bar is wider than nothing", () => {
  const one = { counts: [0, 0], low: 0.5, high: 0.5 };
  assert.equal(placeOf(one, 0.5, 400), 0);
  assert.deepEqual(bars(one, 0.4, { width: 2, height: 10 }).map(({ height, width }) => [height, width]), [[0, 1], [
    0,
    1,
  ]]);
});
