import assert from "node:assert/strict";
import { below, isLine, left, measured } from "../../assets/pages/adapters_family.js";

const adapter = (round, children = [], more = {}) => ({ round, children, state: "finished", kind: "sft", ...more });
const family = adapter(1, [
  adapter(2, [adapter(3), adapter(4, [], { state: "deleted" })]),
  adapter(5, [], { kind: "blend" }),
  adapter(6, [adapter(7)], { state: "deleted" }),
]);
const rounds = (adapters) => adapters.map(({ round }) => round);

Deno.test("all that descend from an adapter are below it", () => {
  assert.deepEqual(rounds(below(family)), [2, 3, 4, 5, 6, 7]);
});

Deno.test("only a trained child needs what it began as, and the deleted need nothing", () => {
  const { bound, free } = left(family, ({ kind }) => kind !== "blend");
  assert.deepEqual(rounds(bound), [2]);
  assert.deepEqual(rounds(free), [3, 5, 7]);
});

Deno.test("a line goes straight down where it does not branch, and from the first only where there is no other", () => {
  const line = adapter(1, [adapter(2)]);
  assert.ok(isLine(line, true, 1));
  assert.ok(!isLine(line, true, 2));
  assert.ok(isLine(line, false, 2));
  assert.ok(!isLine(family, false, 1));
  assert.ok(!isLine(adapter(1), false, 1));
});

Deno.test("figures stand by what they were measured on, and those without a name are left out", () => {
  const figure = (dataset, answer, name) => ({ dataset, answer, name, value: 1, low: null, high: null, n: 1 });
  const found = measured(
    [figure("a", "draft", "loss"), figure("b", "draft", "bleu"), figure("a", "draft", "rouge_l")],
    { "draft loss": "loss", "draft rouge_l": "ROUGE-L" },
  );
  assert.deepEqual(found.map(([set, those]) => [set, those.map(({ name }) => name)]), [["a", ["loss", "ROUGE-L"]], [
    "b",
    [],
  ]]);
});
