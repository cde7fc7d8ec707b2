import assert from "node:assert/strict";
import { moved, nearest, stillThere } from "../../assets/lib/chart/moves.js";

const at = (x) => ({ x, y: 1 });
const series = [
  { name: "a", points: [at(0), at(1), at(2)] },
  { name: "none", points: [] },
  { name: "b", points: [at(0), at(2)] },
];

Deno.test("left and right lead along a line and stop at its ends", () => {
  assert.deepEqual(moved(series, { series: 0, point: 1 }, "ArrowRight"), { series: 0, point: 2 });
  assert.deepEqual(moved(series, { series: 0, point: 2 }, "ArrowRight"), { series: 0, point: 2 });
  assert.deepEqual(moved(series, { series: 0, point: 2 }, "Home"), { series: 0, point: 0 });
  assert.deepEqual(moved(series, { series: 2, point: 0 }, "End"), { series: 2, point: 1 });
});

Deno.test("up and down lead to the nearest point of the next line that has any", () => {
  assert.deepEqual(moved(series, { series: 0, point: 2 }, "ArrowDown"), { series: 2, point: 1 });
  assert.deepEqual(moved(series, { series: 2, point: 0 }, "ArrowUp"), { series: 0, point: 0 });
  assert.deepEqual(moved(series, { series: 2, point: 0 }, "ArrowDown"), { series: 2, point: 0 });
});

Deno.test("other keys are not the chart's", () => assert.equal(moved(series, { series: 0, point: 0 }, "a"), null));

Deno.test("a point that is gone is followed by the first that is there", () => {
  assert.deepEqual(stillThere(series, { series: 2, point: 1 }), { series: 2, point: 1 });
  assert.deepEqual(stillThere(series, { series: 2, point: 5 }), { series: 0, point: 0 });
  assert.deepEqual(stillThere(series.slice(1), null), { series: 1, point: 0 });
  assert.equal(stillThere([{ name: "none", points: [] }], null), null);
});

Deno.test("a pointer means the nearest point within reach", () => {
  const places = [[at(0), { x: 50, y: 1 }], [{ x: 52, y: 9 }]];
  assert.deepEqual(nearest(places, 51, 8, 28), { series: 1, point: 0 });
  assert.equal(nearest(places, 150, 8, 28), null);
});
