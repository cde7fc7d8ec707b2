// @ts-check
// The kinds of round, as the server lists them: what a round is called and counted by. A kind of its own needs nothing
// here.
import { filled, number, said, t } from "../lib/shared.js";

/** @typedef {{name: string, label: string, title: string, about: string, button: string, offers: string[],
 *   begins: boolean, in_curricula: boolean, epochs: number, learning_rate: number, patience: number, watched: number,
 *   has_own_loss: boolean, trains: string, asks_reward: boolean, has_edits: boolean, watched_on: string,
 *   prefers: boolean, one: string, many: string, figure: string, nothing: string, mend: string, page: string,
 *   given_back: string, makes: string}} Kind As `KindView` in citing_app/ui/kinds.py. */
/** @typedef {{kind: string, state?: string}} OfKind A round, as far as it is asked. */
/** @typedef {ReturnType<typeof roundKinds>} Kinds */

/** What is known of rounds by their kinds. @param {Kind[]} all */
export const roundKinds = (all) => {
  // Of no kind here is what was imported or blended, or was trained by a kind that is gone.
  const of = (/** @type {OfKind} */ round) => all.find((kind) => kind.name === round.kind);
  // A reward model only scores answers.
  const isReward = (/** @type {OfKind} */ round) => round.state === "finished" && of(round)?.trains === "reward";
  return {
    all,
    of,
    isReward,
    /** What was imported is a student too. @param {OfKind} round */
    isStudent: (round) => round.state === "finished" && !isReward(round),
    /** Whether it was trained here, by a kind that may be gone; what was imported or blended was not.
     * @param {OfKind} round */
    wasTrained: (round) => !["blend", "imported"].includes(round.kind),
    /** @param {OfKind} round @returns {string} */
    title: (round) => {
      const kind = of(round);
      return (kind ? kind.title && said(kind.title) : said(round.kind)) ?? "";
    },
    joined,
    madeOf,
    counted,
  };
};

/** `SFT` and `12 answers` by one rule: `SFT, 12 answers`; either may be missing.
 * @param {string} kind @param {string | undefined} count */
const joined = (kind, count) => kind && count ? t("{kind}, {count}", { kind, count }) : kind || count;

/** What a blend is made of: `0.3 · round 3 + 0.7 · round 1`; of one round, its strength.
 * @param {{round: number, weight: number}[]} blend */
const madeOf = (blend) => {
  const parts = blend.map((part) => ({ n: part.round, strength: Number(part.weight.toFixed(3)) }));
  return parts.length === 1
    ? t("round {n} at strength {strength}", parts[0])
    : parts.map(({ n, strength }) => `${strength} · ${t("round {n}", { n })}`).join(" + ");
};

/** How much a kind learns, in its own words. @param {{one: string, many: string}} kind @param {number} n */
const counted = (kind, n) => filled(n === 1 ? kind.one : kind.many, { n: number(n) });
