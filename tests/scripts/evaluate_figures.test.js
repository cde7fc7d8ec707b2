import assert from "node:assert/strict";
import { lines, rows } from "../../assets/pages/evaluate_figures.js";

const figure = (model, answer, metric, value) => ({ model, answer, metric, value, low: value, high: value, n: 4 });
const set = {
  name: "test split",
  models: [0, 2],
  metrics: { rouge_l: {}, loss: {}, bleu: {} },
  figures: [
    figure(0, "draft", "loss", 3),
    figure(2, "self-revision", "rouge_l", 0.2),
    figure(0, "draft", "rouge_l", 0.1),
    figure(0, "draft", "bleu", 0.3),
  ],
};

Deno.test("a line has the points that were measured, at the places of their models", () => {
  const drawn = lines(set, "rouge_l").map(({ answer, points }) => [answer, points.map(({ x, y }) => [x, y])]);
  assert.deepEqual(drawn, [["draft", [[0, 0.1]]], ["self-revision", [[1, 0.2]]]]);
});

Deno.test("rows come in the order of the metrics, with a gap where nothing was measured", () => {
  const found = rows(set).map((
    { answer, metric, figures },
  ) => [answer, metric, figures.map((one) => one?.value ?? null)]);
  assert.deepEqual(found, [
    ["draft", "rouge_l", [0.1, null]],
    ["self-revision", "rouge_l", [null, 0.2]],
    ["draft", "loss", [3, null]],
    ["draft", "bleu", [0.3, null]],
  ]);
});
