// @ts-check
// How the Evaluate page says models, answers, metrics and numbers.
import { measuredOn, number, said, t } from "../lib/shared.js";

/** @typedef {import("./evaluate_figures.js").Figure} Figure */
/** @typedef {import("./evaluate_figures.js").Difference} Difference */
/** @typedef {import("./evaluate_figures.js").MeasuredSet} MeasuredSet */

/** @param {number | null} value */
export const three = (value) => value === null ? "–" : value.toFixed(3).replace("-", "−");

/** A difference with its sign. @param {number | null} value */
export const signed = (value) => value === null ? "–" : `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;

/** What a value lies in, as it is said of it. @param {number | null} low @param {number | null} high */
export const interval = (low, high) => low === null || high === null ? "" : `[${three(low)}, ${three(high)}]`;

/** The same of a difference. @param {{low: number | null, high: number | null}} of */
export const signedInterval = ({ low, high }) =>
  low === null || high === null ? "" : `[${signed(low)}, ${signed(high)}]`;

/** @param {number} model The number of a round; 0 is the base model. */
export const modelName = (model) => model === 0 ? t("base") : t("round {n}", { n: model });

/** @param {string} answer @returns {string} */
export const answerName = (answer) => ({ draft: t("draft"), "self-revision": t("self-revision") })[answer] ?? answer;

/** @param {MeasuredSet} set @param {string} metric @returns {string} */
export const metricName = (set, metric) => said(set.metrics[metric].name) ?? metric;

const OF_ONE_ANSWER = ["loss", "forgetting", "kl", "unchanged"];

/** A metric with the answers that it is of, where its name does not say it. @param {MeasuredSet} set
 * @param {string} answer @param {string} metric */
export const figureName = (set, answer, metric) =>
  OF_ONE_ANSWER.includes(metric)
    ? metricName(set, metric)
    : t("{answer}, {metric}", { answer: answerName(answer), metric: metricName(set, metric) });

/** What a difference is to: the base, SFT or the round before. @param {Difference} one */
export const relationName = (one) =>
  ({ base: t("to base"), sft: t("to SFT"), before: t("to the round before") })[one.to] ?? one.to;

/** A paired difference in a sentence. @param {Difference} one */
export const differenceSaid = (one) => {
  const values = { difference: signed(one.mean), low: signed(one.low), high: signed(one.high), n: number(one.n) };
  const same = one.unshared === 0;
  const to = relationName(one);
  return same
    ? t("{difference} {to} on the same {n} rows (95 % interval {low} to {high})", { ...values, to })
    : t("{difference} {to} on the {n} rows that both have (95 % interval {low} to {high}); {others} rows differ", {
      ...values,
      to,
      others: number(one.unshared),
    });
};

/** What a difference means. @param {Difference["says"]} says */
export const saidWord = (says) => says && { better: t("better"), worse: t("worse"), unclear: t("unclear") }[says];

/** The same with what it means, where more or less is better. @param {Difference} one */
export const differenceTold = (one) =>
  one.says
    ? t("{difference}: {meaning}", { difference: differenceSaid(one), meaning: saidWord(one.says) })
    : differenceSaid(one);

/** Where quality turns, in a sentence. @param {MeasuredSet} set @param {MeasuredSet["turns"][number]} turn */
export const turnSaid = (set, turn) =>
  t("{figure}: quality turns at round {n}, which is worse than the round before by test.", {
    figure: figureName(set, turn.answer, turn.metric),
    n: turn.model,
  });

/** The title of a chart. @param {MeasuredSet} set @param {string} metric */
export const chartTitle = (set, metric) =>
  t("{metric} on {set}", { metric: metricName(set, metric), set: measuredOn(set.name) });
