import assert from "node:assert/strict";
import {
  alongScale,
  everyNth,
  logTicks,
  roundTicks,
  shown,
  tickText,
  uprightScale,
} from "../../assets/lib/chart/scale.js";

const line = (...points) => ({ name: "a", points });

Deno.test("ticks are round numbers that hold the values between them", () => {
  assert.deepEqual(roundTicks(0.055, 0.15, 5), [0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16]);
  assert.deepEqual(roundTicks(0, 100, 5), [0, 20, 40, 60, 80, 100]);
  assert.deepEqual(roundTicks(-3, 7, 5), [-4, -2, 0, 2, 4, 6, 8]);
});

Deno.test("one value alone and zero alone have an axis too", () => {
  for (const [low, high] of [[2.5, 2.5], [0, 0], [-1, -1]]) {
    const ticks = roundTicks(low, high, 5);
    assert.ok(ticks.length >= 2 && ticks[0] <= low && ticks.at(-1) >= high, `${ticks}`);
  }
});

Deno.test("a logarithmic axis has 1, 2 and 5 of each power around the values", () => {
  assert.deepEqual(logTicks(0.03, 3), [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]);
  for (const [low, high] of [[1, 1], [2.2, 5.4], [0.9, 5], [10, 10], [0.0004, 800]]) {
    const ticks = logTicks(low, high);
    assert.ok(ticks.length >= 2 && ticks[0] <= low * 1.001 && ticks.at(-1) >= high * 0.999, `${low} ${high}: ${ticks}`);
    assert.ok(ticks.every((tick, i) => tick > 0 && (i === 0 || tick > ticks[i - 1])), `${ticks}`);
  }
  const scale = uprightScale([line({ x: 0, y: 1 }, { x: 1, y: 100 })], true);
  assert.ok(Math.abs(scale.at(10) - 0.5) < 1e-9);
});

Deno.test("an axis holds the intervals, not the means alone", () => {
  const { ticks, at } = uprightScale([line({ x: 0, y: 0.5, low: 0.1, high: 0.9 })], false);
  assert.ok(ticks[0] <= 0.1 && ticks.at(-1) >= 0.9);
  assert.ok(at(0.1) >= 0 && at(0.9) <= 1);
});

Deno.test("named places have half a step of room on both sides", () => {
  const { at } = alongScale([], [0, 1, 2], 5);
  assert.deepEqual([0, 1, 2].map((x) => at(x).toFixed(3)), ["0.167", "0.500", "0.833"]);
});

Deno.test("numbers along are named where there are values", () => {
  const { ticks } = alongScale([line({ x: 3, y: 1 }, { x: 41, y: 1 })], null, 4);
  assert.deepEqual(ticks, [10, 20, 30, 40]);
});

Deno.test("what is no number is left out, on a logarithmic axis what is not above zero too", () => {
  const series = [line({ x: 0, y: NaN }, { x: 1, y: 0 }, { x: 2, y: 1, low: -1, high: 2 }, { x: 3, y: 2 })];
  assert.deepEqual(shown(series, false)[0].points.map((p) => p.x), [1, 2, 3]);
  assert.deepEqual(shown(series, true)[0].points.map((p) => p.x), [3]);
});

Deno.test("tick texts have the digits that tell them apart", () => {
  assert.deepEqual([0, 0.05, 0.1].map(tickText([0, 0.05, 0.1])), ["0.00", "0.05", "0.10"]);
  assert.deepEqual([0, 20].map(tickText([0, 20])), ["0", "20"]);
});

Deno.test("labels without room are left out evenly", () => {
  assert.equal(everyNth(["base", "round 1", "round 2"], 200), 1);
  assert.equal(everyNth(["base", "round 1", "round 2"], 40), 2);
  assert.ok(everyNth(["基础模型"], 50) > everyNth(["base"], 50));
});
