// @ts-check
// What a finished round shows beside its losses: what made it, and the held-out answers it finds easiest and hardest.
import { Fact, Foreign, Turns } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useEffect, useState } from "../lib/view.js";
import { rewardName } from "./rounds_sampling.js";

/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/** @typedef {import("./rounds_plan.js").Samples} Samples */
/** @typedef {{blend: {round: number, weight: number, hash: string}[], lora: {r: number, alpha: number},
 *   prompts: Record<string, string>, parent: {hash: string} | null, seed: number, learning_rate: number,
 *   epochs: number, max_steps: number, patience: number, batch_size: number, accumulation: number,
 *   order: string}} Spec */
/** @typedef {{spec: Spec, decisions: object[], rubrics: Record<string, number>, rows: Record<string, number>,
 *   samples: (Samples & {reward: string, distinct_2_together: number}) | null, criterion: string,
 *   ranked_by: string}} Made */
/** @typedef {{loss: number, prompt: string, completion: string, turns?: import("../lib/parts.js").Turn[]}} Example */

/** Asked for once it is opened. @param {{ask: import("../lib/view.js").Ask, kinds: Kinds, round: number}} props */
export const WhatMadeIt = ({ ask, kinds, round }) => {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const open = async (/** @type {any} */ event) => {
    if (event.target.open && !found) setFound(await ask("round_made_from", { round }));
  };
  return h(
    "details",
    { class: "body small", ontoggle: open },
    h("summary", {}, t("What made it")),
    found?.error && h("div", { class: "notice" }, said(found.error)),
    found && !found.error && h(Inputs, { made: found, kinds, round }),
  );
};

/** @param {{made: Made, kinds: Kinds, round: number}} props */
const Inputs = ({ made, kinds, round }) =>
  h(
    "dl",
    { class: "facts within" },
    made.spec.blend.length > 0 ? h(Blended, { spec: made.spec, kinds }) : h(Trained, { made, round }),
  );

/** @param {{children?: import("../lib/view.js").Child}} props */
const Mono = ({ children }) => h("span", { class: "mono" }, children);

/** @param {{spec: Spec, kinds: Kinds}} props */
const Blended = ({ spec, kinds }) => [
  h(Fact, { key: "of", name: t("made of") }, kinds.madeOf(spec.blend)),
  h(
    Fact,
    { key: "hashes", name: t("hashes") },
    h(Mono, {}, spec.blend.map((part) => part.hash.slice(0, 16)).join(", ")),
  ),
  h(Fact, { key: "settings", name: t("settings") }, h(Mono, {}, `r ${spec.lora.r} · alpha ${spec.lora.alpha}`)),
];

/** @param {{made: Made, round: number}} props */
const Trained = ({ made, round }) => {
  const { spec } = made;
  const rubrics = Object.entries(made.rubrics).map(([name, n]) => `${name} (${n})`).join(", ");
  const prompts = Object.entries(spec.prompts).map(([name, hash]) => `${name} ${hash}`).join(", ");
  return [
    h(Fact, { key: "decisions", name: t("decisions") }, h(Decisions, { made, round })),
    rubrics && h(Fact, { key: "rubrics", name: t("rubrics") }, h(Foreign, { text: rubrics })),
    h(Fact, { key: "rows", name: t("rows") }, rowsTold(made.rows)),
    made.samples && h(Fact, { key: "reward", name: t("reward") }, samplesTold(made.samples)),
    made.criterion && h(Fact, { key: "criterion", name: t("edits of") }, h(Foreign, { text: made.criterion })),
    made.ranked_by &&
    h(Fact, { key: "ranked", name: t("ranks candidates by") }, h(Foreign, { text: rewardName(made.ranked_by) })),
    h(Fact, { key: "prompts", name: t("prompts") }, h(Mono, {}, prompts || "–")),
    h(Fact, { key: "parent", name: t("parent's hash") }, h(Mono, {}, spec.parent?.hash.slice(0, 16) ?? "–")),
    h(Fact, { key: "seed", name: t("seed") }, String(spec.seed)),
    h(Fact, { key: "settings", name: t("settings") }, h(Mono, {}, settingsTold(spec))),
  ];
};

/** How many decisions there were, and all of what made it as a file. @param {{made: Made, round: number}} props */
const Decisions = ({ made, round }) => {
  const [file, setFile] = useState("");
  useEffect(() => {
    const address = URL.createObjectURL(new Blob([JSON.stringify(made, null, 2)], { type: "application/json" }));
    setFile(address);
    return () => URL.revokeObjectURL(address);
  }, [made]);
  const n = made.decisions.length;
  return [
    n === 1 ? t("1 decision") : t("{n} decisions", { n: number(n) }),
    " · ",
    h("a", { key: "file", href: file, download: `round-${round}.json` }, t("download all of this")),
  ];
};

/** @param {Record<string, number>} rows */
const rowsTold = (rows) => {
  /** @type {Record<string, string>} */
  const names = {
    draft: t("draft"),
    revise: t("revise"),
    answer: t("answers"),
    sample: t("sampled answers"),
    replay: t("replayed answers"),
    pair: t("pairs"),
  };
  return Object.entries(rows).map(([name, n]) => `${names[name] ?? name} ${number(n)}`).join(" · ");
};

/** @param {NonNullable<Made["samples"]>} samples */
const samplesTold = (samples) =>
  t(
    "{reward}: mean {all}, of the best {best}; {words} words, distinct-2 {each} each and {together} together",
    {
      reward: rewardName(samples.reward),
      all: samples.reward_all.toFixed(3),
      best: samples.reward_best.toFixed(3),
      words: samples.length.toFixed(0),
      each: samples.distinct_2.toFixed(2),
      together: samples.distinct_2_together.toFixed(2),
    },
  );

/** @param {Spec} spec */
const settingsTold = (spec) =>
  [
    `r ${spec.lora.r}`,
    `alpha ${spec.lora.alpha}`,
    `lr ${spec.learning_rate}`,
    `epochs ${spec.epochs}`,
    spec.max_steps && `steps ≤ ${spec.max_steps}`,
    `patience ${spec.patience}`,
    `batch ${spec.batch_size} × ${spec.accumulation}`,
    `order ${spec.order}`,
  ].filter(Boolean).join(" · ");

/** @param {{found: {best: Example[], worst: Example[]} | undefined}} props */
export const Examples = ({ found }) =>
  found
    ? h(
      "details",
      { class: "body small" },
      h("summary", {}, t("The held-out answers it finds likeliest and least likely")),
      h("h3", {}, t("likeliest")),
      found.best.map((one, i) => h(OneExample, { key: `best ${i}`, one })),
      h("h3", {}, t("least likely")),
      found.worst.map((one, i) => h(OneExample, { key: `worst ${i}`, one })),
    )
    : null;

/** @param {{one: Example}} props */
const OneExample = ({ one }) =>
  h(
    "div",
    { class: "example" },
    h("span", { class: "num chip" }, one.loss.toFixed(2)),
    h(Turns, { turns: one.turns ?? [] }),
    h("p", { dir: "auto", lang: "" }, h("b", {}, one.prompt)),
    h("p", { dir: "auto", lang: "" }, one.completion),
  );
