// @ts-check
// The losses of rounds by step, as lines of a chart.
import { t } from "../lib/shared.js";

/** @typedef {import("../lib/chart/scale.js").Series} Series */
/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_news.js").Listed} Listed */
/** @typedef {import("./rounds_news.js").Losses} Losses */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */

/** An exponential mean, since batches of like length alternate between easy and hard rows; a `weight` of 0 leaves them
 * as they are. @param {Losses} losses @param {number} weight That of what came before, below 1. @returns {Losses} */
export const smoothed = (losses, weight) => {
  let mean = losses[0]?.[1];
  return losses.map(([step, loss]) => [step, mean = weight * mean + (1 - weight) * loss]);
};

/**
 * Whether the loss that the first round minimises is another quantity than the held-out one, or of another mix of tasks:
 * on one axis they would be compared. @param {Kinds} kinds @param {Round[]} rounds
 */
export const isApart = (kinds, rounds) => {
  const [first] = rounds;
  const kind = kinds.of(first);
  const hasBoth = first.train_losses.length > 0 && rounds.some((one) => one.validation_losses.length);
  if (!kind || !hasBoth) return false;
  return kind.has_own_loss || (kind.offers.includes("objective") && first.objective !== "draft");
};

/** The rounds whose held-out loss is of the same rows, so that it can be drawn beside this one's.
 * @param {Kinds} kinds @param {Listed[]} rounds @param {Listed} round */
export const comparable = (kinds, rounds, round) => {
  const rows = (/** @type {Listed} */ one) => `${kinds.of(one)?.watched} ${one.validates_on}`;
  return rounds.filter((one) =>
    one.round !== round.round && kinds.of(one) && rows(one) === rows(round) &&
    !["waiting", "incomplete"].includes(one.state)
  );
};

/** Whether two rounds minimise the same loss on the same tasks. @param {Round} one @param {Round} other */
const learnAlike = (one, other) => one.kind === other.kind && one.objective === other.objective;

/** @param {Losses} losses */
const points = (losses) => losses.map(([x, y]) => ({ x, y }));

/** @param {string} what @param {Round} round @param {Round[]} rounds */
const named = (what, round, rounds) => rounds.length === 1 ? what : t("{what}, round {n}", { what, n: round.round });

/** The held-out losses: one line for each round. @param {Round[]} rounds @returns {Series[]} */
export const heldOut = (rounds) =>
  rounds.map((round, tone) => ({
    name: named(t("held-out loss"), round, rounds),
    points: points(round.validation_losses),
    tone,
    marks: true,
  })).filter(drawn);

/**
 * The training losses of those rounds that learn like the first. A single round has its steps behind the smoothed line.
 * @param {Round[]} rounds @param {number} weight How much it is smoothed. @param {boolean} isBeside Whether the held-out
 * losses are on the same axis. @returns {Series[]}
 */
export const training = (rounds, weight, isBeside) => {
  const [first] = rounds;
  const isAlone = rounds.length === 1;
  const tone = isAlone && isBeside ? 1 : 0;
  const lines = rounds.map((round, i) => ({
    name: named(weight ? t("training loss, smoothed") : t("training loss"), round, rounds),
    points: points(smoothed(round.train_losses, weight)),
    tone: tone + i,
    marks: round.train_losses.length === 1,
    soft: !isAlone && isBeside,
  })).filter((_, i) => learnAlike(first, rounds[i]));
  const steps = {
    name: t("training loss, each step"),
    points: points(first.train_losses),
    tone,
    marks: false,
    soft: true,
  };
  return (isAlone && weight ? [steps, ...lines] : lines).filter(drawn);
};

/** @param {Series} line */
const drawn = (line) => line.points.length > 0;
