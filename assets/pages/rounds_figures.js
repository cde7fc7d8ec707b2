// @ts-check
// The figures of a round: how far it is while it trains, and afterwards what it gained.
import { bytes, duration, number, percent, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Figure } from "./rounds_card.js";
import { isLive } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/** @typedef {[name: string, value: string, about?: string]} Told */

/** @param {{kinds: Kinds, round: Round}} props */
export const RoundFigures = ({ kinds, round }) => {
  const told = isLive(round) ? sofar(round) : round.state === "finished" ? gained(kinds, round) : [];
  return told.length > 0 &&
    h("div", { class: "figures" }, told.map(([name, value, about]) => h(Figure, { key: name, name, value, about })));
};

/** @param {[number, number][]} losses */
const last = (losses) => losses.at(-1)?.[1].toFixed(3) ?? "–";

/** A margin, which begins at nothing and may stay small. @param {number} value */
export const margin = (value) => {
  if (value === 0) return "0";
  return Math.abs(value) < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2);
};

/** @param {number | null | undefined} speed */
const tokensPerSecond = (speed) => speed ? number(Math.round(speed)) : "–";

/** @param {Round} round @returns {Told[]} */
const sofar = (round) => [
  [t("step"), round.steps ? `${round.step ?? 0} / ${round.steps}` : "–"],
  [t("train loss"), last(round.train_losses)],
  [t("held-out loss"), last(round.validation_losses)],
  [t("learning rate"), round.learning_rate ? round.learning_rate.toExponential(1) : "–"],
  [t("tokens per second"), tokensPerSecond(round.tokens_per_second)],
  ...some(round.mfu, (value) => [t("of the device's peak"), percent(value)]),
  ...some(round.memory_bytes, (value) => [t("memory"), bytes(value)]),
  ...some(round.margin, (value) => [t("margin"), margin(value)]),
  ...some(round.reward, (value) => [t("mean reward"), value.toFixed(3)]),
  ...some(round.kl, (value) => [t("KL per token"), value.toFixed(3)]),
  [t("time left"), duration(round.seconds_left)],
];

/** A figure that not every round has. @param {number | null | undefined} value @param {(value: number) => Told} told
 * @returns {Told[]} */
const some = (value, told) => value === null || value === undefined ? [] : [told(value)];

/** @param {Kinds} kinds @param {Round} round @returns {Told[]} */
const gained = (kinds, round) => {
  const result = round.result ?? {};
  return [
    ...rewarded(result),
    ...(kinds.wasTrained(round) ? losses(kinds.isReward(round), result) : []),
    ...some(result.margin_after, (after) => [t("margin"), `${margin(result.margin_before)} → ${margin(after)}`]),
    ...(kinds.wasTrained(round) ? taken(result) : []),
    [t("adapter"), bytes(result.adapter_bytes ?? 0)],
  ];
};

/** @param {boolean} isReward @param {Record<string, any>} result @returns {Told[]} */
const losses = (isReward, { validation_loss_before: before, validation_loss_after: after }) => [
  [isReward ? t("loss of held-out pairs before") : t("held-out loss before"), before?.toFixed(3) ?? "–"],
  [t("after"), after?.toFixed(3) ?? "–"],
];

/** @param {Record<string, any>} result @returns {Told[]} */
const taken = (result) => [
  [t("tokens per second"), tokensPerSecond(result.tokens_per_second)],
  [t("took"), duration(result.seconds)],
];

/** How right a reward model is, or what a round by a reward gained. @param {Record<string, any>} result
 * @returns {Told[]} */
const rewarded = (result) => [
  ...right(t("right on held-out pairs"), result.accuracy),
  ...right(t("of like length"), result.accuracy_like_length),
  ...some(result.reward_after, (after) => [
    t("mean reward"),
    `${result.reward_before.toFixed(3)} → ${after.toFixed(3)}`,
  ]),
  ...some(result.reward_after, () => [t("KL per token"), result.kl.toFixed(3)]),
];

/** @param {string} name @param {{value: number, low: number, high: number, n: number} | undefined} found
 * @returns {Told[]} */
const right = (name, found) =>
  found?.n
    ? [[
      name,
      percent(found.value),
      t("[{low}, {high}], n = {n}", { low: percent(found.low), high: percent(found.high), n: found.n }),
    ]]
    : [];
