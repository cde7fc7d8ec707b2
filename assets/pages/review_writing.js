// @ts-check
// What a person writes on the current item before it is decided: a text, a note, and the sentences that answer it.
import { t } from "../lib/shared.js";
import * as edits from "./review_edits.js";
import { canDecide } from "./review_item.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {{text: string, label?: string, act?: () => void}} Notice */
/** @typedef {{get: (id: string | number) => string | null, keep: (id: string | number, text: string) => void,
 *   drop: (id: string | number) => void}} Typed Where texts that are not saved are kept: lib/typed.js. */

export class Writing {
  /** @param {Typed} typed @param {() => void} changed Draws the desk anew. */
  constructor(typed, changed) {
    this.typed = typed;
    this.changed = changed;
    /** @type {string | null} */
    this.editing = null;
    this.isNoting = false;
    /** @type {string[]} The notes that recur. */
    this.offered = [];
    /** @type {Notice | null} */
    this.notice = null;
    this.said = { text: "", isBad: false, isOld: false };
  }

  /** What is written on. @returns {Item | undefined} */
  get item() {
    return undefined;
  }

  /** Another item is shown. */
  enter() {
    this.said.isOld = true;
    this.isNoting = false;
    this.editing = this.item?.typed ?? null;
  }

  /**
   * Shows one sentence above the item, with what can be done about it.
   * @param {string} text
   * @param {() => void} [act]
   */
  tell(text, act) {
    this.notice = { text, act };
    this.changed();
  }

  /** Says something beside the buttons. @param {string} text */
  say(text, isBad = false) {
    this.said = { text, isBad, isOld: false };
    this.changed();
  }

  // -- one item's text

  startEdit() {
    const { item } = this;
    if (!item || !canDecide(item)) return;
    const fresh = item.revision === null ? item.draft : edits.result(item);
    this.editing = this.typed.get(item.id) ?? fresh;
    const startOver = () => {
      this.typed.drop(item.id);
      this.editing = fresh;
      this.notice = null;
      this.changed();
    };
    this.notice = this.editing === fresh
      ? null
      : { text: t("This is what you typed here before."), label: t("Start from the revision"), act: startOver };
    this.changed();
  }

  /** @param {string} text */
  type(text) {
    this.editing = text;
    this.changed();
  }

  leaveEdit() {
    this.keepTyped();
    delete this.item?.typed;
    this.editing = null;
    this.notice = null;
    this.changed();
  }

  /** What is typed survives a reload, until it is saved or is the revision again. */
  keepTyped() {
    const { item, editing } = this;
    if (editing === null || !item) return;
    if (editing.trim() && editing !== edits.result(item)) this.typed.keep(item.id, editing);
    else this.typed.drop(item.id);
  }

  // -- why

  openNote() {
    if (!canDecide(this.item)) return;
    this.isNoting = true;
    this.changed();
  }

  /** A note that is typed stays with its item, over a reload too, until the decision is saved. @param {string} value */
  typeNote(value) {
    const { item } = this;
    if (!item) return;
    item.note = value.trim();
    if (item.note) this.typed.keep(`note ${item.id}`, item.note);
    else this.typed.drop(`note ${item.id}`);
    this.changed();
  }

  /** @param {string} value */
  closeNote(value) {
    this.isNoting = false;
    this.typeNote(value);
  }

  /** What was typed on an item is saved. @param {Item} item */
  forget(item) {
    this.typed.drop(item.id);
    this.typed.drop(`note ${item.id}`);
  }

  /** A text that could not be saved stays with its item. @param {Item} item @param {string} text */
  keepFor(item, text) {
    item.typed = text;
    this.typed.keep(item.id, text);
  }

  /** An item that has come, with the note that was typed on it before a reload. @param {Item} item */
  withNote(item) {
    return Object.assign(item, { note: this.typed.get(`note ${item.id}`) ?? item.note });
  }

  /**
   * An item whose decision was undone, with the work that was in it: the edits that were kept, the text that was
   *   typed.
   * @param {Item} item
   */
  withWork(item) {
    const last = item.history?.find(({ undone }) => undone);
    if (last?.kind === "edit" && last.final_text !== null) this.typed.keep(item.id, last.final_text);
    if (last?.kind === "accept" && last.kept_hunks) item.kept = new Set(last.kept_hunks);
    item.note = last?.note ?? "";
    return item;
  }
}
