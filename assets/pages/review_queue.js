// @ts-check
// What lies on the desk: the next items are here before they are needed, so that the next one is there at once.
import { prepared } from "./review_edits.js";
import { isOpen } from "./review_item.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("../lib/shared.js").Counts} Counts */
/** @typedef {import("../lib/outbox.js").Entry & {body: any, item?: Item}} Entry */
/**
 * @typedef {object} Told What the queue needs to know and tell: the decisions on their way, what to give an item that
 *   has come (`arrived`) or was sent back (`worked`), and what has happened.
 * @property {() => readonly Entry[]} onTheirWay
 * @property {(item: Item) => Item} arrived
 * @property {(item: Item) => Item} worked
 * @property {(sentence: string, retry?: () => void) => void} failed
 * @property {() => void} filled
 * @property {() => void} entered Another item is shown.
 */

const LOW = 4;
const AT_ONCE = 8;

export class Queue {
  /**
   * @param {import("../lib/shared.js").Ask} ask
   * @param {Told} told
   * @param {{order: string, filter: object | null}} asked
   */
  constructor(ask, told, { order, filter }) {
    this.ask = ask;
    this.told = told;
    this.order = order;
    this.filter = filter;
    /** @type {Item[]} */
    this.items = [];
    this.index = 0;
    /** @type {Counts} */
    this.counts = { waiting: 0, accepted: 0, rejected: 0, drafted: 0, disputed: 0 };
    this.isLoaded = false;
    this.isFetching = false;
    this.opening = Promise.resolve();
  }

  /** @returns {Item | undefined} */
  get current() {
    return this.items[this.index];
  }

  /** Their numbers, and those of the items whose decision is on its way. */
  known() {
    return [...this.items, ...this.told.onTheirWay().flatMap(({ item }) => item ?? [])].map(({ id }) => id);
  }

  /** @returns {Promise<void>} */
  async fill() {
    if (this.isFetching) return;
    this.isFetching = true;
    const { order } = this;
    const answer = await this.ask("queue", {
      limit: AT_ONCE,
      without: this.known(),
      queue: order,
      filter: this.filter,
    });
    this.isFetching = false;
    this.isLoaded = true;
    if (order !== this.order) return this.fill();
    if (answer.error) this.told.failed(answer.error, () => this.fill());
    else this.#take(answer.items, answer.counts);
  }

  /** @param {Item[]} items @param {Counts} counts */
  #take(items, counts) {
    const have = new Set(this.known());
    const came = items.filter(({ id }) => !have.has(id)).map(prepared).map(this.told.arrived);
    // What was sent back to this person comes before all else.
    const sentBack = came.filter((item) => item.sent_back).map(this.told.worked);
    this.items.splice(this.items.length ? this.index + 1 : 0, 0, ...sentBack);
    this.items.push(...came.filter((item) => !item.sent_back));
    this.counts = counts;
    for (const { name, body, item } of this.told.onTheirWay()) {
      if (item && name === "decide" && body.kind !== "skip" && isOpen(item)) this.leave(item);
    }
    this.told.filled();
  }

  fillWhenLow() {
    if (this.items.length - this.index < LOW) this.fill();
  }

  /** An item is decided on: it is counted where it was no longer. @param {Item} item */
  leave(item) {
    this.count(item, -1);
  }

  /** @param {Item} item @param {1 | -1} by */
  count({ state }, by) {
    if (state in this.counts) {
      const name = /** @type {keyof Counts} */ (state);
      this.counts = { ...this.counts, [name]: Math.max(0, this.counts[name] + by) };
    }
  }

  /**
   * Shows an item by its number. One after another: who asks for two sees the second, whichever answer comes first.
   * @param {number} id
   */
  open(id) {
    this.opening = this.opening.then(async () => {
      const answer = await this.ask("item", { item: id });
      this.isLoaded = true;
      if (answer.error) this.told.failed(answer.error);
      else {
        this.items = [this.told.arrived(prepared(answer)), ...this.items.filter((item) => item.id !== answer.id)];
        this.enter(0);
      }
      this.told.filled();
      this.fill();
    });
  }

  /** @param {string} order */
  reorder(order) {
    this.order = order;
    this.filter = null;
    this.items = [];
    this.isLoaded = false;
    this.enter(0);
    this.fill();
  }

  /** @param {number} at */
  enter(at) {
    this.index = at;
    this.told.entered();
  }

  /** Whether there is an item in this direction to be shown. @param {number} step */
  move(step) {
    const at = this.index + step;
    if (at < 0 || at >= this.items.length) return false;
    this.enter(at);
    this.fillWhenLow();
    return true;
  }

  /** The current item leaves the desk, and the next one is shown. */
  next() {
    this.items = this.items.filter((item) => item !== this.current);
    this.enter(this.index >= this.items.length ? 0 : this.index);
  }

  /**
   * Shows an item again: at once, or next where somebody is writing.
   * @param {Item} item @param {boolean} isWriting
   */
  bringBack(item, isWriting) {
    const here = this.current;
    this.items = this.items.filter(({ id }) => id !== item.id);
    const stays = here !== undefined && here.id !== item.id;
    const at = stays ? Math.max(0, this.items.indexOf(here)) : Math.min(this.index, this.items.length);
    this.items.splice(isWriting ? at + 1 : at, 0, prepared(item));
    if (isWriting) this.index = Math.max(0, this.items.findIndex(({ id }) => id === here?.id));
    else this.enter(at);
  }
}
