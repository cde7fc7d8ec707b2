import assert from "node:assert/strict";
import { asked, changed, firstForm } from "../../assets/pages/rounds_asked.js";
import { margin } from "../../assets/pages/rounds_figures.js";
import { roundKinds } from "../../assets/pages/rounds_kinds.js";
import { joined, listed } from "../../assets/pages/rounds_news.js";
import { settled } from "../../assets/pages/rounds_shown.js";
import { lossMark, standing } from "../../assets/pages/rounds_words.js";

const offers = ["objective", "adapter", "replay", "candidates"];
const all = [
  { name: "citing", trains: "student", offers, has_edits: true, watched: 0 },
  { name: "sft", trains: "student", offers: [], begins: true, watched: 1 },
  { name: "reward", trains: "reward", offers: [], watched: 2 },
];
const told = { mark: "a", fields: ["round", "state"], others: {}, untrained: 1, launchers: [], judges: [] };

Deno.test("the list is sent where it changed, and how far a round is belongs to its line", () => {
  const first = listed(null, { ...told, rows: [[2, "running"], [1, "finished"]], progress: [{ round: 2, step: 3 }] });
  assert.deepEqual(first.rounds, [{ round: 2, state: "running", step: 3 }, { round: 1, state: "finished" }]);
  const next = listed(first, { ...told, rows: null, progress: [{ round: 2, step: 4 }] });
  assert.deepEqual(next.rounds.map(({ step }) => step), [4, undefined]);
  assert.equal(first.rounds[0].step, 3, "what was shown before stays as it was");
});

Deno.test("losses that were not seen follow those that were; after a resumption all are new", () => {
  const held = { train_losses: [[1, 3]], validation_losses: [[0, 3]] };
  const news = { train_losses: [[2, 2]], validation_losses: [] };
  assert.deepEqual(joined(held, { ...news, adds: true }).train_losses, [[1, 3], [2, 2]]);
  assert.deepEqual(joined(held, { ...news, adds: false }).train_losses, [[2, 2]]);
  assert.deepEqual(joined(undefined, { ...news, adds: false }).train_losses, [[2, 2]]);
});

Deno.test("what trains is looked at first, a round just made once it is there, and of one that is not it is said", () => {
  const rounds = [{ round: 3, state: "waiting" }, { round: 2, state: "running" }, { round: 1, state: "finished" }];
  const look = (shown, more = {}) => settled({ shown, missing: null, awaited: null, ...more }, rounds);
  assert.equal(look(null).shown, 2);
  assert.equal(settled({ shown: null, missing: null, awaited: null }, [rounds[2]]).shown, "new");
  assert.deepEqual(look(9), { shown: "new", missing: 9, awaited: null });
  assert.deepEqual(look("new", { missing: 3 }), { shown: "new", missing: null, awaited: null });
  assert.deepEqual(look("new", { awaited: 3 }), { shown: 3, missing: null, awaited: null });
  assert.deepEqual(look("new", { awaited: 4 }), { shown: "new", missing: null, awaited: 4 });
});

Deno.test("what a kind does not offer is not asked for, and a round 0 begins with the base model", () => {
  const form = { ...firstForm(all), parent: "4", replay: "", items: "12" };
  const { parent, replay, items, candidates } = asked(all, form);
  assert.deepEqual([parent, replay, items, candidates], [4, 0, "12", null]);
  assert.equal(asked(all, { ...form, adapter: "new" }).parent, null);
  const sft = changed(all, form, { kind: "sft" });
  assert.equal(sft.parent, "");
  assert.ok(!("objective" in asked(all, sft)));
  assert.equal(changed(all, form, { items: "1" }).parent, "4");
});

Deno.test("losses on other rows than the newest round's have a mark, and a reward model's loss is none of answers", () => {
  const kinds = roundKinds(all);
  const of = (kind, loss, more = {}) => ({ state: "finished", kind, loss, validates_on: "", ...more });
  const rounds = [of("reward", 0.6), of("citing", 2), of("sft", 3), of("citing", 4, { validates_on: "x · dev" })];
  assert.deepEqual(rounds.map((one) => lossMark(kinds, rounds, one)), ["", "", "a", "b"]);
  assert.equal(standing(kinds, rounds[1]), "2.000");
});

Deno.test("a small margin keeps its digits", () => {
  assert.deepEqual([0, 0.01234, -0.05, 1.234].map(margin), ["0", "0.012", "-0.05", "1.23"]);
});
