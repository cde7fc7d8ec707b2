// @ts-check
// The desk without its looks: what is decided on the current item, and what the studio says to it.
// Decisions leave through the outbox, and each is called saved only when the server has said so.
import { outbox } from "../lib/outbox.js";
import { newId, said, t } from "../lib/shared.js";
import * as edits from "./review_edits.js";
import { canDecide, isAsDecided, isOpen, maySettle } from "./review_item.js";
import { Queue } from "./review_queue.js";
import { Writing } from "./review_writing.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("./review_item.js").Verdict} Verdict */
/** @typedef {import("./review_queue.js").Entry} Entry */
const LONGEST_LOOK = 3600;

export class Desk extends Writing {
  /**
   * @param {import("../lib/shared.js").Ask} ask
   * @param {{typed: import("./review_writing.js").Typed, changed: () => void, order: string,
   *   filter: object | null}} given `changed` draws the desk anew.
   */
  constructor(ask, { typed, changed, order, filter }) {
    super(typed, changed);
    this.ask = ask;
    this.decided = 0;
    /** @type {number[]} Decided in this visit: what ← goes back to. */
    this.past = [];
    this.since = performance.now();
    this.queue = new Queue(ask, this.#told(), { order, filter });
    this.outbox = outbox(ask, {
      answered: (/** @type {Entry} */ entry, answer) => this.#saved(entry, answer.item),
      refused: (entry, answer) => this.#refused(entry, answer),
      note: (tries, left) => left && this.#onItsWay(tries),
    });
  }

  /** @returns {import("./review_queue.js").Told} */
  #told() {
    return {
      onTheirWay: () => this.outbox.entries(),
      arrived: (item) => this.withNote(item),
      worked: (item) => this.withWork(item),
      failed: (sentence, act) => this.tell(said(sentence) ?? "", act),
      filled: () => this.changed(),
      entered: () => {
        this.enter();
        this.since = performance.now();
      },
    };
  }

  /** What is written and decided on. @override */
  get item() {
    return this.queue.current;
  }

  // -- decisions

  /** @param {Verdict} kind @param {string | null} finalText @returns {void} */
  decide(kind, finalText = null) {
    const { item } = this;
    const open = isOpen(item);
    if (!item || !canDecide(item) || (kind === "skip" && !open) || isAsDecided(item, kind)) return;
    // A decided item shows the text that counts: it is that one which an acceptance keeps.
    if (kind === "accept" && !open && edits.result(item) !== item.revision) {
      return this.decide("edit", edits.result(item));
    }
    this.outbox.push({ name: "decide", item, body: this.#body(item, kind, finalText) });
    if (item.note && !this.offered.includes(item.note)) this.offered = [item.note, ...this.offered];
    this.notice = null;
    this.editing = null;
    this.isNoting = false;
    if (open) { // else it stays: whoever came back to change it sees what has become of it
      if (kind !== "skip") {
        this.decided += 1;
        this.queue.leave(item);
      }
      this.queue.next();
      this.queue.fillWhenLow();
    }
    this.changed();
  }

  /** @param {Item} item @param {Verdict} kind @param {string | null} finalText */
  #body(item, kind, finalText) {
    const open = isOpen(item);
    const chosen = !open
      ? {}
      : kind === "accept" || kind === "edit"
      ? edits.sent(item)
      : { revision: item.revision_id };
    return {
      item: item.id,
      version: item.version,
      kind,
      final_text: finalText,
      request_id: newId(),
      changes: item.mine && (item.state !== "disputed" || !maySettle(item)),
      seconds: Math.min(LONGEST_LOOK, (performance.now() - this.since) / 1000),
      note: item.note ?? "",
      ...chosen,
    };
  }

  /** Accepts the text that is in the editor; what was not changed there is the revision. */
  saveEdit() {
    const { item, editing } = this;
    if (editing === null || !item) return;
    if (!editing.trim()) return this.tell(t("The edited revision is empty; reject the revision instead."));
    this.keepTyped();
    if (!canDecide(item)) {
      const sentence = t("This item is already decided: copy your text, or leave it; it is kept in this browser.");
      return this.tell(sentence);
    }
    const isUnchanged = isOpen(item) && inAField(editing) === inAField(edits.result(item));
    if (isUnchanged) this.decide("accept");
    else this.decide("edit", editing);
  }

  undo() {
    const { item } = this;
    this.outbox.push({ name: "undo_decision", body: { request_id: newId(), item: item?.mine ? item.id : null } });
    this.notice = null;
    this.changed();
  }

  /** @param {number} tries */
  #onItsWay(tries) {
    if (tries) return this.say(t("not saved yet: the studio does not answer (try {n})", { n: tries }), true);
    const [{ item }] = this.outbox.entries();
    this.say(item ? t("saving item {n} …", { n: item.id }) : t("saving …"));
  }

  /** @param {Entry} entry @param {Item} item */
  #saved(entry, item) {
    if (entry.name === "undo_decision") return this.#undone(item);
    const { kind } = entry.body;
    const before = /** @type {Item} */ (entry.item);
    const wasOpen = isOpen(before);
    if (!wasOpen && before === this.item) this.queue.bringBack(item, this.editing !== null);
    const made = { accept: "accepted", edit: "accepted", reject: "rejected" }[/** @type {string} */ (kind)];
    if (kind !== "skip") {
      this.forget(item);
      if (!wasOpen) this.queue.leave(before);
      this.queue.count(item, 1);
    }
    if (wasOpen) this.past.push(item.id);
    if (made && item.decided_by && made !== item.state) {
      const words = t("your decision on item {n} is saved; what {name} decided still counts", {
        n: item.id,
        name: item.decided_by,
      });
      this.say(words);
    } else this.say(t("item {n} {done} · saved", { n: item.id, done: word(kind) }));
    if (!this.queue.items.length) this.queue.fill(); // what was skipped comes back
  }

  /** @param {Item} item */
  #undone(item) {
    this.queue.count(item, 1);
    this.queue.bringBack(this.withWork(item), this.editing !== null);
    this.decided = Math.max(0, this.decided - 1);
    if (item.learned_in) {
      const values = { round: item.learned_in, n: item.id };
      this.notice = { text: t("Round {round} has learned item {n} already; undoing it changes no round.", values) };
    }
    this.say(t("item {n} {done} · saved", { n: item.id, done: t("undone") }));
  }

  /** @param {Entry} entry @param {{error: string, item?: Item}} answer */
  #refused(entry, answer) {
    this.said = { text: "", isBad: false, isOld: true };
    this.notice = { text: said(answer.error) ?? "" };
    const item = answer.item ?? entry.item;
    if (item) {
      const text = entry.body.final_text;
      if (typeof text === "string") {
        this.keepFor(item, text);
        const kept = this.editing === null ? t("Your text is kept below.") : t("Your text is kept and comes next.");
        this.notice.text += ` ${kept}`;
      }
      this.queue.bringBack(item, this.editing !== null);
    }
    this.queue.fill();
    this.changed();
  }

  /** Whether the page can be left: no text is open, and no decision on its way. */
  isSaved() {
    this.keepTyped();
    return this.outbox.isEmpty() && this.editing === null;
  }

  /** Changes which edits of the current item are kept, where they can be seen. @param {(item: Item) => void} change */
  choose(change) {
    const { item } = this;
    if (!item || this.editing !== null || item.revision === null) return;
    change(item);
    this.changed();
  }

  /** An owner gives the item back to whoever decided it. @param {Item} item @param {string} to @param {string} note */
  async sendBack(item, to, note) {
    const answer = await this.ask("send_back", { item: item.id, to, note, request_id: newId() });
    if (answer.error) return this.tell(said(answer.error) ?? "");
    this.notice = null;
    this.queue.leave(item);
    this.queue.count(answer.item, 1);
    if (this.item?.id === item.id) this.queue.bringBack(answer.item, this.editing !== null);
    this.say(t("item {n} sent back to {name}", { n: item.id, name: to }));
  }

  // -- looking round

  /** What is asked for when somebody opens it: few look. @param {Item} item @param {"history" | "origin"} what */
  async lookUp(item, what) {
    const answer = await this.ask("item", { item: item.id });
    if (answer.error) return;
    if (what === "origin") item.origin = answer.origin;
    else Object.assign(item, { history: answer.history, hides: answer.hides, showsHistory: true });
    this.changed();
  }

  /**
   * The counts that each status tells; what arrives while nothing is left to do is shown.
   * @param {import("./review_queue.js").Counts | undefined} counts
   */
  heard(counts) {
    if (!counts || !this.outbox.isEmpty()) return;
    const isNews = JSON.stringify(counts) !== JSON.stringify(this.queue.counts);
    this.queue.counts = counts;
    if (!isNews) return;
    if (!this.queue.items.length && this.queue.isLoaded) this.queue.fill();
    this.changed();
  }

  /** @param {1 | -1} step */
  move(step) {
    const gone = step < 0 && this.queue.index === 0 ? this.past.pop() : undefined;
    if (gone !== undefined) this.queue.open(gone);
    else if (this.queue.move(step)) this.changed();
  }
}

/** @param {Verdict} kind */
const word = (kind) =>
  ({ accept: t("accepted"), edit: t("edited and accepted"), reject: t("rejected"), skip: t("skipped") })[kind];

/** A text as a field has it. @param {string} text */
const inAField = (text) => text.replace(/\r\n?/g, "\n");
