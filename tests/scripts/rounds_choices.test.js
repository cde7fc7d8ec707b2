import assert from "node:assert/strict";
import { chosen, meant } from "../../assets/pages/rounds_choices.js";

const kinds = [{ name: "citing", has_edits: true }, { name: "sft", has_edits: false }];

Deno.test("an order by edits goes where a kind without edits is chosen, and any other stays", () => {
  assert.equal(chosen({ kind: "citing", order: "edit_size" }, { kind: "sft" }, kinds).order, "sampled");
  assert.equal(chosen({ kind: "citing", order: "easy" }, { kind: "sft" }, kinds).order, "easy");
  assert.equal(
    chosen({ kind: "sft", order: "sampled" }, { kind: "citing", order: "edit_size" }, kinds).order,
    "edit_size",
  );
});

Deno.test("a number that was emptied means the first one, and a nought means nought", () => {
  assert.deepEqual(meant({ replay: "", below: "0" }, { replay: "0.5", below: "0.3" }, "replay", "below"), {
    replay: 0.5,
    below: 0,
  });
});
