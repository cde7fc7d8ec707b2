// @ts-check
// What the desk calls what it shows: authors, sizes, states, and the orders of the queue.
import { said, t } from "../lib/shared.js";

/** Who wrote a draft. @param {string} author */
export const authorName = (author) => {
  const [, base] = /^base of (.*)$/s.exec(author) ?? [];
  const [, round] = /^round (.*)$/s.exec(author) ?? [];
  if (author === "base") return t("student, base model");
  if (base !== undefined) return t("student {name}, base model", { name: base });
  return round === undefined ? said(author) : t("student, round {n}", { n: round });
};

/** The orders of the queue, and what they are called. @returns {[string, string][]} */
export const queues = () => [
  ["queue", t("As they came")],
  ["likely fine", t("Likely fine first")],
  ["likely wrong", t("Likely wrong first")],
  ["disputed", t("Disagreements")],
];

/**
 * What has become of a decided item, and what this person may still do.
 * @param {import("./review_item.js").Item} item
 */
export const stateLine = ({ state, mine, counts_mine, decided_by: name }) => {
  const word = states()[state];
  if (mine && name && !counts_mine) {
    return t("{state} by {name}; you had decided otherwise, and U undoes yours", { state: word, name });
  }
  if (mine && state === "accepted") return t("accepted by you: E and R change it, U undoes it");
  if (mine && state === "rejected") return t("rejected by you: A and E change it, U undoes it");
  return name ? t("already {state} by {name}", { state: word, name }) : word;
};

const states = () => ({
  accepted: t("accepted"),
  rejected: t("rejected"),
  waiting: t("decided by you; it waits for others"),
  held_out: t("held out: no round learns it"),
  drafted: t("not revised yet"),
  disputed: t("disputed"),
});
