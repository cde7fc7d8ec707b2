// @ts-check
// Having candidates sampled from the Rounds page, and what a judge's calls for them will take, told before.
import { Button } from "../lib/parts.js";
import { number as counted, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useState } from "../lib/view.js";
import { fieldsOf, meant } from "./rounds_choices.js";

/** @typedef {{instructions: number, unwritten: number, calls: number, most: number | null}} Estimate */

const JUDGE = "judge:";
const FIRST = { items: "16", k: "8", seed: "17" };
const PAUSE = 200;
const LARGEST_SEED = 2 ** 32 - 1;

/** What a reward is called. @param {string} name */
export const rewardName = (name) => {
  if (name === "reference") return t("likeness to the reference answer");
  return name.startsWith(JUDGE)
    ? t("the judge {name}", { name: name.slice(JUDGE.length) })
    : t("round {n}", { n: name });
};

/** Judges as rewards, for a choice among all. @param {string[]} judges @returns {[string, string][]} */
export const judging = (judges) => judges.map((name) => [JUDGE + name, rewardName(JUDGE + name)]);

/**
 * The form that has candidates sampled, with how many texts that is and what it costs where a judge is the reward.
 * Where all were set aside, another `seed` draws others.
 * @param {{ask: import("../lib/view.js").Ask, given: {round: number | null, reward: string, accepted?: boolean},
 *   seed: number | null, onSample: (body: object) => void, children?: import("../lib/view.js").Child}} props
 */
export const Sampler = ({ ask, given, seed, onSample, children }) => {
  const [form, setForm] = useState(FIRST);
  useEffect(() => {
    if (seed !== null) setForm({ ...form, seed: String(seed) });
  }, [seed]);
  const fields = fieldsOf(form, FIRST, (change) => setForm({ ...form, ...change }));
  const body = { ...given, ...meant(form, FIRST, "items", "k", "seed") };
  const found = /** @type {{answer: Estimate | null, error: string | null, isAsking: boolean}} */ (
    useAsked(ask, "sampling_estimate", body, PAUSE)
  );
  return h(
    "div",
    { class: "setup for-owners sampling" },
    fields.number("items", t("instructions"), { least: 1, most: 100_000 }),
    fields.number("k", t("candidates each"), { least: 1, most: 64 }),
    fields.number("seed", t("seed"), { least: 0, most: LARGEST_SEED }),
    h(Button, { onClick: () => onSample(body) }, children),
    h("span", { class: "soft small", role: "status" }, told(found, given.reward)),
  );
};

/** @param {{answer: Estimate | null, error: string | null, isAsking: boolean}} found @param {string} reward */
const told = ({ answer, error, isAsking }, reward) => {
  if (error && !isAsking) return said(error);
  if (!answer || isAsking) return t("Estimating …");
  const written = t("{n} instructions, {texts} texts to write.", {
    n: counted(answer.instructions),
    texts: counted(answer.unwritten),
  });
  return reward.startsWith(JUDGE) ? `${written} ${price(answer)}` : written;
};

/** @param {Estimate} estimate */
const price = ({ calls, most }) => {
  if (!calls) return t("No calls to pay for.");
  return most === null
    ? t("{n} calls. The greatest price is unknown: set this judge's price on the Teacher page.", { n: counted(calls) })
    : t("{n} calls, at most {price}.", { n: counted(calls), price: dollars(most) });
};

/** @param {number} billionths */
const dollars = (billionths) => {
  const value = billionths / 1e9;
  return `$${value.toFixed(value >= 1 || value === 0 ? 2 : 4)}`;
};
