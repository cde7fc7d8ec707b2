// The kinds of round, as the server lists them: what a round is called and counted by. A kind of its own needs nothing here.
"use strict";
studio.roundKinds = (kinds) => {
  const { t } = studio;
  // Of no kind here is what was imported or blended, or was trained by a kind that is gone.
  const of = (round) => kinds.find((kind) => kind.name === round.kind);
  /** `SFT` and `12 answers` by one rule: `SFT, 12 answers`; either may be missing. */
  const joined = (kind, count) => (kind && count ? t("{kind}, {count}", { kind, count }) : kind || count);
  const title = (round) => { const kind = of(round); return kind ? kind.title && studio.t(kind.title) : studio.t(round.kind); };
  /** What a blend is made of: `0.3 · round 3 + 0.7 · round 1`. */
  const madeOf = (blend) => blend.map((part) => `${Number(part.weight.toFixed(3))} · ${t("round {n}", { n: part.round })}`).join(" + ");
  const counted = (kind, n) => studio.t(n === 1 ? kind.one : kind.many, { n: studio.number(n) });
  // What was imported is a student too; a reward model only scores answers.
  const isReward = (round) => round.state === "finished" && of(round)?.trains === "reward";
  const isStudent = (round) => round.state === "finished" && !isReward(round);
  return { all: kinds, of, isReward, isStudent, joined, title, madeOf, counted };
};
