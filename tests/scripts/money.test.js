import assert from "node:assert/strict";
import { dollars } from "../../assets/lib/money.js";

Deno.test("dollars have cents, and less than one has two digits more where it needs them", () => {
  const told = [0, 1_230_000, 200_000_000, 999_000_000, 2_500_000_000, 1_234_567_000_000].map(dollars);
  assert.deepEqual(told, ["$0.00", "$0.0012", "$0.20", "$0.999", "$2.50", "$1,234.57"]);
});
