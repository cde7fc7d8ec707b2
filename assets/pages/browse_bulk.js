// @ts-check
// One decision on many items, after a confirmation, and its undoing as one.
import { Ago } from "../lib/ago.js";
import { newId, number, said, t } from "../lib/shared.js";
import { Sheet } from "../lib/sheet.js";
import { h, useState } from "../lib/view.js";

/** @typedef {"accept" | "reject"} Kind */
/**
 * @typedef {{text: import("../lib/view.js").Child, isBad?: boolean, batch?: string, n?: number}} Told
 *   With a `batch`, that can be undone.
 */
/** @typedef {{batch: string, kind: Kind, decided: number, at: string, by_rule: boolean}} Batch */
/**
 * @typedef {{waiting: number, unchanged: number}} Counts
 *   How many would be decided; how many of them equal their drafts.
 */
/**
 * @typedef {{kind: Kind, counts: Counts, body: object, chosen: string[] | null}} Asked
 *   `chosen` is the filter, null for ticks.
 */

const MOST_TRIES = 5;
const PAUSE = 500;
const A_DAY = 86_400_000;

/**
 * The same request until the studio answers: its id makes it one.
 * @param {import("../lib/view.js").Ask} ask @param {string} name @param {object} body
 */
const untilAnswered = async (ask, name, body) => {
  for (let tries = 1;; tries += 1) {
    const answer = await ask(name, body);
    if (!answer.offline || tries === MOST_TRIES) return answer;
    await new Promise((resolve) => setTimeout(resolve, PAUSE * 2 ** (tries - 1)));
  }
};

/**
 * What is told of decisions on many items, and how they are made and undone; `onDone` is called after either.
 * @param {import("../lib/view.js").Ask} ask @param {(what: "decided" | "undone") => void} onDone
 */
export const useBulk = (ask, onDone) => {
  const [told, setTold] = useState(/** @type {Told | null} */ (null));
  const decide = async (/** @type {Asked} */ { kind, counts, body }) => {
    setTold({ text: deciding(counts.waiting) });
    const asked = { ...body, kind, expected: counts.waiting, request_id: newId() };
    const { error, batch, decided } = await untilAnswered(ask, "decide_all", asked);
    setTold(error ? { text: said(error), isBad: true } : { text: done(kind, decided), batch, n: decided });
    onDone("decided");
  };
  const undo = async (/** @type {string} */ batch) => {
    setTold({ text: t("Undoing …") });
    const { error, undone: n } = await untilAnswered(ask, "undo_all", { batch });
    setTold(error ? { text: said(error), isBad: true } : { text: undone(n) });
    onDone("undone");
  };
  /** What was decided at once stays undoable at once, also after leaving the page. */
  const offer = (/** @type {Batch} */ batch) => {
    if (Date.now() - Date.parse(batch.at) >= A_DAY) return;
    const offered = {
      text: [once(batch), " ", h(Ago, { key: "at", iso: batch.at })],
      batch: batch.batch,
      n: batch.decided,
    };
    setTold((shown) => shown ?? offered);
  };
  return { told, decide, undo, offer };
};

/** @param {number} n */
const deciding = (n) => n === 1 ? t("Deciding 1 item …") : t("Deciding {n} items …", { n: number(n) });

/** @param {Kind} kind @param {number} count */
const done = (kind, count) => {
  const n = number(count);
  if (kind === "accept") return count === 1 ? t("1 revision accepted.") : t("{n} revisions accepted.", { n });
  return count === 1 ? t("1 revision rejected.") : t("{n} revisions rejected.", { n });
};

/** @param {number} count */
const undone = (count) =>
  count === 1
    ? t("1 decision undone; this item waits again.")
    : t("{n} decisions undone; these items wait again.", { n: number(count) });

/** @param {Batch} batch */
const once = ({ kind, decided, by_rule: byRule }) => {
  const n = number(decided);
  if (byRule) return t("A curriculum accepted {n} revisions in your name.", { n });
  if (decided === 1) return done(kind, decided);
  return kind === "accept"
    ? t("You accepted {n} revisions at once.", { n })
    : t("You rejected {n} revisions at once.", { n });
};

/** @param {{told: Told, onUndo: (batch: string) => void}} props */
export const BulkNotice = ({ told: { text, isBad, batch, n = 0 }, onUndo }) =>
  h(
    "div",
    { class: "notice", role: isBad ? "alert" : "status" },
    h("span", { class: "grow" }, text),
    batch && h(
      "button",
      { type: "button", class: "act small", onclick: (/** @type {MouseEvent} */ e) => e.detail < 2 && onUndo(batch) },
      n === 1 ? t("Undo") : t("Undo all {n}", { n: number(n) }),
    ),
  );

/** @param {{asked: Asked, onGo: () => void, onClose: () => void}} props */
export const Confirm = ({ asked: { kind, counts, chosen }, onGo, onClose }) =>
  h(
    Sheet,
    { title: title(kind, counts.waiting), onClose },
    h("p", {}, which(counts.waiting, chosen)),
    chosen?.length ? h("ul", {}, chosen.map((one) => h("li", { key: one }, one))) : null,
    kind === "accept" && counts.unchanged > 0 && h("p", {}, "⚠ ", unchanged(counts.unchanged)),
    counts.waiting > 1 &&
      h("p", { class: "soft" }, t("They are decided in your name, as one batch that can be undone as one.")),
    h(
      "div",
      { class: "bar" },
      h("button", {
        type: "button",
        class: "act main",
        onclick: () => {
          onClose();
          onGo();
        },
      }, go(kind, counts.waiting)),
      h("button", { type: "button", class: "act", autofocus: true, onclick: onClose }, t("Cancel")),
    ),
  );

/** @param {Kind} kind @param {number} count */
const title = (kind, count) => {
  const n = number(count);
  if (kind === "reject") {
    return count === 1 ? t("Reject 1 waiting revision?") : t("Reject {n} waiting revisions?", { n });
  }
  return count === 1 ? t("Accept 1 waiting revision as it is?") : t("Accept {n} waiting revisions as they are?", { n });
};

/** @param {number} n @param {string[] | null} chosen */
const which = (n, chosen) => {
  if (chosen === null) return n === 1 ? t("The item that you ticked.") : t("The items that you ticked.");
  return chosen.length
    ? t("All that wait for you among the items with:")
    : t("All that wait for you, without any filter.");
};

/** @param {number} n */
const unchanged = (n) =>
  n === 1 ? t("1 of them equals its draft.") : t("{n} of them equal their drafts.", { n: number(n) });

/** @param {Kind} kind @param {number} count */
const go = (kind, count) => {
  const n = number(count);
  if (count === 1) return kind === "accept" ? t("Accept 1 item") : t("Reject 1 item");
  return kind === "accept" ? t("Accept all {n}", { n }) : t("Reject all {n}", { n });
};
