import assert from "node:assert/strict";
import { cellOf, columns, overBudget, taken } from "../../assets/pages/race_figures.js";

const run = (method, learning_rate, seed, spent, steps = 4) => ({
  method,
  learning_rate,
  seed,
  spent,
  steps,
  cost: spent.at(-1),
  seconds: 2,
});
const race = {
  methods: [
    { method: "citing", learning_rate: 2, losses: [], out: null },
    { method: "sft", learning_rate: null, losses: [], out: null },
  ],
  runs: [run("citing", 1, 17, [5, 9]), run("citing", 2, 17, [100, 300], 4), run("citing", 2, 18, [140, 340], 6)],
};
const loss = { answer: "draft", metric: "loss", mean: 1.5, low: 1, high: 2 };
const table = {
  lines: [
    { method: "citing", cells: [loss], course: [1.8, 1.5] },
    { method: "sft", cells: [], course: [1.6] },
    { method: "", cells: [loss, { answer: "draft", metric: "rouge_l", mean: 0.1 }], course: [2.5] },
  ],
};

Deno.test("a method's line begins where all began and has the mean over the seeds of its best rate after each round", () => {
  assert.deepEqual(overBudget(race, table, table.lines[0]), [
    { x: 0, y: 2.5 },
    { x: 120, y: 1.8 },
    { x: 320, y: 1.5, low: 1, high: 2 },
  ]);
});

Deno.test("a method of which no run has spent anything has no line, and took nothing", () => {
  assert.deepEqual(overBudget(race, table, table.lines[1]), []);
  assert.equal(taken(race, race.methods[1]), null);
});

Deno.test("what a method took is the mean over the runs of its best rate alone", () => {
  assert.deepEqual(taken(race, race.methods[0]), { steps: 5, cost: 320, seconds: 2 });
});

Deno.test("the columns are those of all lines, and a line without one has a gap", () => {
  assert.deepEqual(columns(table), [{ answer: "draft", metric: "loss" }, { answer: "draft", metric: "rouge_l" }]);
  assert.equal(cellOf(table.lines[0], { answer: "draft", metric: "rouge_l" }), null);
});
