import assert from "node:assert/strict";
import { outbox } from "../../assets/lib/outbox.js";

/** An outbox on a studio that answers as `answers` says, one after the other; what was asked and told, in order. */
const sending = async (answers, entries) => {
  const asked = [];
  const told = [];
  await new Promise((done) => {
    const ask = async (name, body) => {
      asked.push(`${name} ${body.request_id}`);
      return await answers.shift();
    };
    const box = outbox(ask, {
      answered: (entry, answer) => told.push([entry.body.request_id, answer.n]),
      refused: (entry, answer) => told.push([entry.body.request_id, answer.error]),
      note: (tries, left) => {
        told.push([tries, left]);
        if (!left) done();
      },
    }, () => 0);
    for (const id of entries) box.push({ name: "vote", body: { request_id: id } });
    assert.ok(!box.isEmpty());
    assert.deepEqual(box.entries().map(({ body }) => body.request_id), entries);
  });
  return { asked, told };
};

Deno.test("work leaves in order, and the end is told", async () => {
  const { asked, told } = await sending([{ n: 1 }, { n: 2 }], ["a", "b"]);
  assert.deepEqual(asked, ["vote a", "vote b"]);
  assert.deepEqual(told.filter(([who]) => typeof who === "string"), [["a", 1], ["b", 2]]);
  assert.deepEqual(told.at(-1), [0, 0]);
});

Deno.test("what was not answered is sent again with the same id, before what came later", async () => {
  const away = { offline: true, error: "The studio did not answer" };
  const { asked, told } = await sending([away, away, { n: 1 }, { n: 2 }], ["a", "b"]);
  assert.deepEqual(asked, ["vote a", "vote a", "vote a", "vote b"]);
  assert.ok(told.some(([tries, left]) => tries === 2 && left === 2));
});

Deno.test("a refusal is told once, and the next one leaves", async () => {
  const { asked, told } = await sending([{ error: "No." }, { n: 2 }], ["a", "b"]);
  assert.deepEqual(asked, ["vote a", "vote b"]);
  assert.deepEqual(told.filter(([who]) => typeof who === "string"), [["a", "No."], ["b", 2]]);
});
