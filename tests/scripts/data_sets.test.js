import assert from "node:assert/strict";
import { breakable } from "../../assets/pages/data_sets.js";

Deno.test("a long name may end its lines behind what joins its words, and loses nothing", () => {
  assert.deepEqual(breakable("user_oriented/train-2.json"), ["user_", "oriented/", "train-", "2.json"]);
  assert.deepEqual(breakable("mine"), ["mine"]);
});
