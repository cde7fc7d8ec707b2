// @ts-check
// How the Race page says methods, stages, judges and rewards.
import { measuredOn, said, t } from "../lib/shared.js";
import { judgeName } from "./comparisons_names.js";
import { answerName } from "./evaluate_words.js";

/** @typedef {{name: string, title: string, label: string, by_reward: boolean, samples: boolean}} MethodOffer */
/** @typedef {{methods: MethodOffer[], metrics: Record<string, string>, whys: Record<string, string>}} Given */

const JUDGE = "judge:", REFERENCE = "reference";

/** What a kind of round is called; one that is gone has its own name. @param {Given} given @param {string} name */
export const methodName = ({ methods }, name) => said(methods.find((one) => one.name === name)?.title) ?? name;

/** @param {string} state @returns {string} */
export const stateName = (state) =>
  ({ running: t("running"), paused: t("paused"), finished: t("finished"), cancelled: t("cancelled") })[state] ?? state;

/** @param {Given} given @param {{answer: string, metric: string}} column @returns {string} */
export const columnName = ({ metrics }, { answer, metric }) => {
  const name = said(metrics[metric]) ?? metric;
  if (metric === "loss") return name;
  return t("{answer}, {metric}", {
    answer: answer === "best of two" ? t("best of two") : answerName(answer),
    metric: name,
  });
};

/** @param {Given} given @param {string} judge @returns {string} */
export const judgedBy = ({ metrics }, judge) =>
  judge === REFERENCE ? judgeName({ source: REFERENCE, judge_name: metrics.rouge_l }) : judge;

/** @param {string} reward @returns {string} */
export const rewardName = (reward) =>
  reward === REFERENCE
    ? t("likeness to the reference answer")
    : reward.startsWith(JUDGE)
    ? t("the judge {name}", { name: reward.slice(JUDGE.length) })
    : t("what round {n} prefers", { n: reward });

/** A data set to measure on; the empty name is that of the test split. @param {string} name */
export const setName = (name) => measuredOn(name || "test split");

/** A learning rate as short as it is exact. @param {number} rate */
export const rateName = (rate) => rate.toExponential().replace("e-", "e−");
