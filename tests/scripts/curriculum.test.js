import assert from "node:assert/strict";
import { asked, firstForm, takes } from "../../assets/pages/curriculum_asked.js";
import { isWaiting, madeIn, notRevised } from "../../assets/pages/curriculum_stages.js";

const kinds = [
  { name: "citing", offers: ["objective", "adapter", "order", "replay"], has_edits: true },
  { name: "sft", offers: ["order"], has_edits: false },
];

Deno.test("a number that was emptied means what the form begins with, and what is left empty is as the kind says", () => {
  const sent = asked(kinds, { ...firstForm(kinds), rounds: "", items: "8", learning_rate: "0.0001" });
  assert.deepEqual([sent.rounds, sent.items, sent.learning_rate, sent.epochs, sent.evaluate], [3, 8, 0.0001, "", null]);
});

Deno.test("a round is stopped by what is measured on dev", () => {
  assert.equal(asked(kinds, { ...firstForm(kinds), part: "test" }).part, "test");
  assert.equal(asked(kinds, { ...firstForm(kinds), part: "test", stop_when_worse: true }).part, "dev");
});

Deno.test("what a kind does not offer is neither shown nor sent, what no kind offers is the curriculum's own", () => {
  const form = { ...firstForm(kinds), kind: "sft" };
  assert.deepEqual(["objective", "order", "later"].map((name) => takes(kinds, form, name)), [false, true, true]);
  assert.ok(!("objective" in asked(kinds, form)) && "later" in asked(kinds, form));
});

Deno.test("the stages say how much they made, how many drafts were not revised, and whether people are waited for", () => {
  const stages = {
    sample: { done: true, hashes: 3 },
    draft: { done: true, items: 3 },
    revise: { done: true, revised: 2 },
  };
  assert.deepEqual(["sample", "draft", "revise"].map((stage) => madeIn({ stages }, stage)), [3, 3, 2]);
  assert.equal(notRevised({ stages }), 1);
  assert.equal(notRevised({ stages: {} }), 0);
  const waits = (state, decide) => isWaiting({ state, rounds: [{ stages }, { stages: { decide } }] });
  assert.ok(waits("running", { done: false, left: 2 }));
  assert.ok(!waits("running", { done: false, left: 0 }) && !waits("paused", { done: false, left: 2 }));
});
