import assert from "node:assert/strict";
import { comparable, heldOut, isApart, smoothed, training } from "../../assets/pages/rounds_curves.js";
import { roundKinds } from "../../assets/pages/rounds_kinds.js";

// The English text is the key; its values are filled in.
globalThis.studio = { t: (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]) };

const kinds = roundKinds([
  { name: "citing", offers: ["objective"], watched: 0 },
  { name: "dpo", offers: [], watched: 0, has_own_loss: true },
  { name: "sft", offers: [], watched: 1 },
]);
const train = [[1, 4], [2, 2], [3, 2]];
const round = (number, kind, more = {}) => ({
  round: number,
  kind,
  objective: "both",
  state: "finished",
  validates_on: "",
  train_losses: train,
  validation_losses: [[0, 3], [3, 2.5]],
  ...more,
});

Deno.test("smoothing begins with the first loss, keeps every step, and none at all leaves the losses as they are", () => {
  assert.deepEqual(smoothed(train, 0.5), [[1, 4], [2, 3], [3, 2.5]]);
  assert.deepEqual(smoothed(train, 0), train);
  assert.deepEqual(smoothed([], 0.5), []);
});

Deno.test("a loss of its own and another mix of tasks than the held-out rows have a chart of their own", () => {
  const apart = (...rounds) => isApart(kinds, rounds);
  assert.ok(apart(round(1, "citing")) && apart(round(1, "citing", { objective: "revise" })) && apart(round(1, "dpo")));
  assert.ok(!apart(round(1, "citing", { objective: "draft" })) && !apart(round(1, "sft")));
  const alone = round(1, "citing", { validation_losses: [] });
  assert.ok(!apart(alone), "one line needs no second chart");
  assert.ok(apart(alone, round(2, "citing")), "but another round's held-out loss does");
});

Deno.test("only rounds that were measured on the same held-out rows are offered, and none that has not begun", () => {
  const rounds = [
    round(1, "citing"),
    round(2, "dpo"),
    round(3, "sft"),
    round(4, "citing", { validates_on: "other · dev" }),
    round(5, "citing", { state: "waiting" }),
    round(6, "imported"),
    round(7, "citing", { state: "running" }),
  ];
  assert.deepEqual(comparable(kinds, rounds, rounds[0]).map((one) => one.round), [2, 7]);
});

Deno.test("one round has its steps behind the smoothed line, beside a held-out line of another colour", () => {
  const lines = [...training([round(1, "sft")], 0.5, true), ...heldOut([round(1, "sft")])];
  assert.deepEqual(lines.map(({ name, tone, soft }) => [name, tone, Boolean(soft)]), [
    ["training loss, each step", 1, true],
    ["training loss, smoothed", 1, false],
    ["held-out loss", 0, false],
  ]);
  assert.deepEqual(training([round(1, "sft")], 0, true).map(({ name }) => name), ["training loss"]);
});

Deno.test("several rounds have a colour each, and training losses only where they learn alike", () => {
  const rounds = [round(1, "citing"), round(2, "dpo"), round(3, "citing"), round(4, "citing", { objective: "draft" })];
  assert.deepEqual(heldOut(rounds).map(({ name, tone }) => [name, tone]), [
    ["held-out loss, round 1", 0],
    ["held-out loss, round 2", 1],
    ["held-out loss, round 3", 2],
    ["held-out loss, round 4", 3],
  ]);
  assert.deepEqual(training(rounds, 0.75, false).map(({ name, tone }) => [name, tone]), [
    ["training loss, smoothed, round 1", 0],
    ["training loss, smoothed, round 3", 2],
  ]);
});

Deno.test("a round without losses has no line, and one with a single step a mark", () => {
  assert.deepEqual(heldOut([round(1, "sft", { validation_losses: [] })]), []);
  assert.ok(training([round(1, "sft", { train_losses: [[1, 2]] })], 0.5, true).some(({ marks }) => marks));
});
