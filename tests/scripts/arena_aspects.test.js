import assert from "node:assert/strict";
import { AspectState, named } from "../../assets/pages/arena_aspects.js";

Deno.test("digits name the paper's three aspects", () => {
  assert.deepEqual(["1", "2", "3", "4", "x", ""].map(named), [
    "articulate",
    "in_depth",
    "comprehensive",
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("the same digit again goes back to the whole", () => {
  const armed = AspectState.armed(AspectState.none, "in_depth");
  assert.equal(armed.armed, "in_depth");
  assert.equal(AspectState.armed(armed, "in_depth").armed, null);
  assert.equal(AspectState.armed(armed, "articulate").armed, "articulate");
});

Deno.test("a side is said once, changed, and taken back", () => {
  const left = AspectState.chosen(AspectState.armed(AspectState.none, "articulate"), "articulate", "left");
  assert.deepEqual(left, { armed: null, said: { articulate: "left" } });
  assert.deepEqual(AspectState.chosen(left, "articulate", "tie").said, { articulate: "tie" });
  assert.deepEqual(AspectState.chosen(left, "in_depth", "tie").said, { articulate: "left", in_depth: "tie" });
  assert.deepEqual(AspectState.chosen(left, "articulate", "left").said, {});
  assert.deepEqual(AspectState.none.said, {});
});
