import assert from "node:assert/strict";
import { Desk } from "../../assets/pages/review_desk.js";

globalThis.studio = {
  t: (text, values = {}) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]),
  said: (sentence) => sentence,
  id: () => crypto.randomUUID(),
};
globalThis.document ??= { documentElement: { dataset: {} } };

const COUNTS = { waiting: 9, accepted: 0, rejected: 0, drafted: 0, disputed: 0 };
const waiting = (id, more = {}) => ({
  id,
  version: 1,
  state: "waiting",
  draft: "Draft.",
  revision: "Revision.",
  revision_id: 10 + id,
  parts: [{ before: "Draft", after: "Revision" }, { before: ".", after: "." }],
  others: [],
  history: null,
  mine: false,
  counts_mine: false,
  sent_back: null,
  ...more,
});

/** A desk on a studio that answers `decide` as said, and what was asked of it. */
const opened = async (items, decide) => {
  const asked = [];
  const kept = {};
  const queues = [items];
  const ask = (name, body) => {
    asked.push({ name, ...body });
    if (name === "queue") return Promise.resolve({ items: queues.shift() ?? [], counts: COUNTS });
    if (name === "decide") return Promise.resolve(decide(body));
    return Promise.resolve({ item: { ...items[0], history: [{ kind: "accept", undone: true, kept_hunks: [] }] } });
  };
  const typed = {
    get: (id) => kept[id] ?? null,
    keep: (id, text) => (kept[id] = text),
    drop: (id) => delete kept[id],
  };
  const desk = new Desk(ask, { typed, changed: () => {}, order: "queue", filter: null });
  await desk.queue.fill();
  return { desk, asked, kept };
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const accepted = ({ item }) => ({
  item: waiting(item, { state: "accepted", mine: true, counts_mine: true, decided_by: "" }),
});

Deno.test("the next item is there before the decision is saved, which is said when it is", async () => {
  const { desk, asked } = await opened([waiting(1), waiting(2)], accepted);
  desk.decide("accept");
  assert.equal(desk.item.id, 2);
  assert.equal(desk.queue.counts.waiting, 8);
  assert.equal(desk.said.text, "saving item 1 …");
  await settled();
  assert.equal(desk.said.text, "item 1 accepted · saved");
  const [sent] = asked.filter(({ name }) => name === "decide");
  assert.deepEqual([sent.item, sent.kind, sent.revision, sent.kept_hunks], [1, "accept", 11, null]);
});

Deno.test("a decision that is refused brings the item back, with the text that was typed", async () => {
  const { desk, kept } = await opened([waiting(1), waiting(2)], () => ({ error: "It was already decided by ben." }));
  desk.startEdit();
  desk.type("Mine.");
  desk.saveEdit();
  assert.equal(desk.item.id, 2);
  await settled();
  assert.deepEqual([desk.item.id, desk.editing, kept[1]], [1, "Mine.", "Mine."]);
  assert.equal(desk.notice.text, "It was already decided by ben. Your text is kept below.");
});

Deno.test("an item that comes back while somebody writes comes next, and what is written stays", async () => {
  const { desk } = await opened([waiting(1), waiting(2)], () => ({ error: "No." }));
  desk.decide("accept");
  desk.startEdit();
  desk.type("Mine.");
  await settled();
  assert.deepEqual([desk.item.id, desk.editing], [2, "Mine."]);
  assert.deepEqual(desk.queue.items.map(({ id }) => id), [2, 1]);
});

Deno.test("a text that is the revision again is accepted as it is, and an empty one is not saved", async () => {
  const { desk, asked } = await opened([waiting(1)], accepted);
  desk.startEdit();
  desk.type("  ");
  desk.saveEdit();
  assert.equal(desk.notice.text, "The edited revision is empty; reject the revision instead.");
  desk.type("Revision.");
  desk.saveEdit();
  assert.equal(asked.find(({ name }) => name === "decide").kind, "accept");
});

Deno.test("an undone decision comes back with the edits that were kept", async () => {
  const { desk } = await opened([waiting(1), waiting(2)], accepted);
  desk.decide("accept");
  await settled();
  desk.undo();
  await settled();
  assert.deepEqual([desk.item.id, desk.item.kept.size, desk.said.text], [1, 0, "item 1 undone · saved"]);
});

Deno.test("what is on its way is not asked for again, and is counted out", async () => {
  let answer = () => {};
  const { desk, asked } = await opened([waiting(1), waiting(2)], () => new Promise((resolve) => (answer = resolve)));
  desk.decide("accept");
  await desk.queue.fill();
  assert.deepEqual(asked.filter(({ name }) => name === "queue").at(-1).without, [2, 1]);
  assert.equal(desk.queue.counts.waiting, 8);
  assert.ok(!desk.isSaved());
  answer(accepted({ item: 1 }));
  await settled();
  assert.ok(desk.isSaved());
});
