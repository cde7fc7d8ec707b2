// @ts-check
// Win rates in words, and what is asked for the texts behind them.

/** @typedef {{wins: number, ties: number, losses: number, inconsistent: number, both_bad: number, invalid: number,
 *   empty: number, identical: number, n: number, rate: number | null, low: number | null, high: number | null,
 *   bounds: [number, number] | null, crosses_half: boolean}} Rate */
/** @typedef {{mean: number | null, low: number | null, high: number | null, n: number}} Estimate */
/** @typedef {{key: string, name: string, round: number | null}} Model */
/** @typedef {{first: Model, second: Model, answer: string, source: string, judge: string,
 *   judge_name: string, prompt_hash: string, rubric: boolean | null, reference: boolean | null,
 *   test_set: {name: string, hash: string, n: number},
 *   rates: Record<string, Rate>, unasked: number, replies: Record<string, number>, smallest_difference: number | null,
 *   lengths: {thirds: {shortest: number | null, longest: number | null, rate: Rate}[], controlled: Estimate},
 *   trust: Record<string, Estimate>, warnings: string[]}} WinRate */
/** @typedef {{calls: number, most: number | null, about: number | null, first: string, second: string, judge: string,
 *   n: number, by_rule: number, unwritten: number, smallest_difference: number | null}} Taken */

/** The counts of a rate in the order of the table, with the outcome that each one counts. @type {[keyof Rate, string][]} */
export const COUNTS = [
  ["wins", "win"],
  ["ties", "tie"],
  ["losses", "loss"],
  ["inconsistent", "inconsistent"],
  ["both_bad", "both_bad"],
  ["invalid", "invalid"],
];

/** What the interval says: it lies above one half, below it, or holds it. @param {Rate} rate */
export const standing = ({ rate, low, high }) => {
  if (rate === null || low === null || high === null) return "unknown";
  return low > 0.5 ? "ahead" : high < 0.5 ? "behind" : "open";
};

/** One judge asked in one way: what the server knows it by. @param {WinRate} one */
export const judgeOf = ({ test_set, answer, source, judge, prompt_hash }) => ({
  test_set: test_set.hash,
  answer,
  source,
  judge,
  prompt_hash,
});

/** A win rate of each judge, of the one with the most pairs first. @param {WinRate[]} rates @returns {WinRate[]} */
export const judges = (rates) => {
  /** @type {Map<string, WinRate[]>} */
  const found = new Map();
  for (const one of rates) {
    const key = JSON.stringify(judgeOf(one));
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.values()].sort((one, other) => other.length - one.length).map(([first]) => first);
};

/** What all the pairs take together; `most` is null where a price is missing. @param {Taken[]} pairs */
export const together = (pairs) => ({
  calls: pairs.reduce((sum, one) => sum + one.calls, 0),
  most: pairs.some((one) => one.most === null) ? null : pairs.reduce((sum, one) => sum + (one.most ?? 0), 0),
});

/** A whole difference with its sign. @param {number} n */
export const signed = (n) => n > 0 ? `+${n}` : n < 0 ? `−${-n}` : "0";
