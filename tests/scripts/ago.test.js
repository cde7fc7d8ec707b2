import assert from "node:assert/strict";

globalThis.studio = { t: (text, values = {}) => text.replace("{n}", values.n) };
const { ago } = await import("../../assets/lib/ago.js");

Deno.test("a moment of today is told by how long ago it was, and an older one by its date", () => {
  const [minute, hour] = [60, 3600];
  const told = [0, 59, 60, 59.9 * minute, hour, 23.9 * hour, 24 * hour].map(ago);
  assert.deepEqual(told, ["just now", "just now", "1 min ago", "59 min ago", "1 h ago", "23 h ago", null]);
});
