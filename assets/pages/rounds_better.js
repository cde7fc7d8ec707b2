// @ts-check
// What a finished round shows first: whether the student got better, by how much, how sure that is, and what to do next.
import { Notice } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h, useAsked } from "../lib/view.js";
import { signed } from "./evaluate_words.js";

/** @typedef {"better" | "worse" | "mixed" | "unclear" | "unmeasured"} Says */
/** @typedef {{answer: string, mean: number, low: number | null, high: number | null, n: number,
 *   says: "better" | "worse" | "unclear"}} Change */
/** @typedef {{to: string, model: string, changes: Change[]}} Against */
/** @typedef {{kl: number, n: number, dataset: string, is_far: boolean}} Distance */
/** @typedef {{says: Says, metric: string, dataset: string, against: Against[], distance: Distance | null, next: string,
 *   rows_needed: number | null}} Found */
/** @typedef {{answer: Found | null, error: string | null}} Answered */

/** @param {{ask: import("../lib/view.js").Ask, round: number}} props */
export const Better = ({ ask, round }) => {
  const { answer: found, error } = /** @type {Answered} */ (useAsked(ask, "after_round", { round }));
  if (error) return h(Notice, {}, said(error));
  return found && h(
    "div",
    { class: "body better", role: "status" },
    h("p", {}, h("b", {}, head(round, found)), " ", next(found)),
    found.against.map((one) =>
      h("p", { key: one.to, class: "small soft" }, h("span", { dir: "auto" }, againstTold(found, one)))
    ),
    found.distance && h(Far, { distance: found.distance }),
  );
};

/** @param {Against} one @returns {string} */
const otherName = ({ to, model }) =>
  ({
    base: t("the base model"),
    sft: t("SFT ({model})", { model: said(model) }),
    before: t("the round before ({model})", { model: said(model) }),
  })[to] ?? to;

/** @param {number} round @param {Found} found */
const head = (round, { says, against }) => {
  const values = { n: round, other: against.length ? otherName(against[0]) : "" };
  if (says === "better") return t("Round {n} is better than {other}.", values);
  if (says === "worse") return t("Round {n} is worse than {other}.", values);
  if (says === "mixed") return t("Round {n} is better than {other} in one way and worse in another.", values);
  if (says === "unclear") return t("Round {n} shows no clear difference to {other} yet.", values);
  return t("Is the student better? It has not been measured yet.");
};

/** @param {Found} found @param {Against} one */
const againstTold = (found, one) =>
  t("Against {other}, {metric} on {set}: {changes}.", {
    other: otherName(one),
    metric: said(found.metric),
    set: measuredOn(found.dataset),
    changes: one.changes.map(changeTold).join(t("; ")),
  });

/** @param {Change} change */
const changeTold = ({ answer, mean, low, high, n, says }) => {
  const values = {
    difference: signed(mean),
    low: signed(low),
    high: signed(high),
    n: number(n),
    meaning: { better: t("better"), worse: t("worse"), unclear: t("unclear") }[says],
  };
  return answer === "draft"
    ? t("drafts {difference} (95 % interval {low} to {high}, n = {n}), {meaning}", values)
    : t("self-revisions {difference} (95 % interval {low} to {high}, n = {n}), {meaning}", values);
};

/** @param {Found} found */
const next = ({ next, rows_needed: rows }) => {
  const link = (/** @type {string} */ href, /** @type {string} */ text) => h("a", { class: "act small", href }, text);
  if (next === "measure") return link("/evaluate", t("Measure it"));
  if (next === "next_round") return link("/rounds", t("Train the next round"));
  if (next === "go_back") return link("/evaluate", t("See what it harmed"));
  return link(
    "/evaluate",
    rows ? t("Measure about {n} instructions", { n: number(rows) }) : t("Measure more instructions"),
  );
};

/** @param {{distance: Distance}} props */
const Far = ({ distance: { kl, n, dataset, is_far: isFar } }) => {
  const values = { kl: kl.toFixed(2), n: number(n), set: measuredOn(dataset) };
  const told = isFar
    ? [
      t("It is far from the base model: KL {kl} nats per token on {n} held-out answers of {set}.", values),
      t("Less than half of what the base model predicts may be left."),
      t("See whether answers elsewhere have become worse, or try it at less strength."),
    ].join(" ")
    : t("KL to the base model: {kl} nats per token on {n} held-out answers of {set}.", values);
  return h("p", { class: isFar ? "notice" : "small soft" }, h("span", { dir: "auto" }, told));
};
