// The kinds of round, as the server lists them: what a round is called and counted by. A kind of its own needs nothing here.
"use strict";
studio.roundKinds = (kinds) => {
  const { t } = studio;
  // Of no kind here is what was imported or blended, or was trained by a kind that is gone.
  const of = (round) => kinds.find((kind) => kind.name === round.kind);
  /** `SFT` and `12 answers` by one rule: `SFT, 12 answers`; either may be missing. */
  const joined = (kind, count) => (kind && count ? t("{kind}, {count}", { kind, count }) : kind || count);
  const title = (round) => { const kind = of(round); return kind ? kind.title && studio.t(kind.title) : studio.t(round.kind); };
  /** Whether a round was trained here, by a kind that may be gone; what was imported or blended was not. */
  const wasTrained = (round) => !["blend", "imported"].includes(round.kind);
  /** What a blend is made of: `0.3 · round 3 + 0.7 · round 1`; of one round, its strength. */
  const madeOf = (blend) => {
    const parts = blend.map((part) => ({ n: part.round, strength: Number(part.weight.toFixed(3)) }));
    return parts.length === 1 ? t("round {n} at strength {strength}", parts[0]) : parts.map(({ n, strength }) => `${strength} · ${t("round {n}", { n })}`).join(" + ");
  };
  const counted = (kind, n) => studio.t(n === 1 ? kind.one : kind.many, { n: studio.number(n) });
  // What was imported is a student too; a reward model only scores answers.
  const isReward = (round) => round.state === "finished" && of(round)?.trains === "reward";
  const isStudent = (round) => round.state === "finished" && !isReward(round);
  return { all: kinds, of, isReward, isStudent, wasTrained, joined, title, madeOf, counted };
};
