import assert from "node:assert/strict";
import { layout } from "../../assets/lib/chart/layout.js";

const points = [{ x: 0, y: 1, low: 0.5, high: 2 }, { x: 1, y: 3 }];
const axes = { along: "model", value: "loss", places: [[0, "base"], [1, "round 1"]] };

Deno.test("everything lies inside the drawing, from a phone's width on", () => {
  for (const width of [240, 390, 1280]) {
    const drawn = layout([{ name: "a", points }, { name: "b", points }], width, axes);
    for (const { x, y, low, high } of drawn.spots.flat()) {
      assert.ok(x > drawn.left && x < drawn.right, `${width}`);
      assert.ok([y, low, high].every((one) => one >= drawn.top && one <= drawn.bottom), `${width}`);
    }
  }
});

Deno.test("lines stand beside each other at a named place, and on top of each other along numbers", () => {
  const two = [{ name: "a", points }, { name: "b", points }];
  const [named, numbered] = [layout(two, 600, axes), layout(two, 600, { along: "step", value: "loss" })];
  assert.notEqual(named.spots[0][0].x, named.spots[1][0].x);
  assert.equal(numbered.spots[0][0].x, numbered.spots[1][0].x);
});

Deno.test("no point at all is drawn as empty axes", () => {
  const drawn = layout([{ name: "a", points: [] }], 600, { along: "step", value: "loss", log: true });
  assert.deepEqual(drawn.spots, [[]]);
  assert.ok(drawn.upright.every(({ at }) => Number.isFinite(at)));
});
