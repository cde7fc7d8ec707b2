// @ts-check
// What a new round would do, told before it starts.
import { duration, measuredOn, number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Figure } from "./rounds_card.js";
import { trainingOne } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */
/** @typedef {import("../lib/view.js").Child} Child */
/** @typedef {{reward_all: number, reward_best: number, distinct_2: number, length: number}} Samples */
/** @typedef {{pairs: number, rows: number, is_counted: boolean, seconds: number, device: string, held_out: number,
 *   validates_on: string, checks: {level: string, text: string}[], samples: Samples | null,
 *   next_seed: number | null}} Plan */
/** @typedef {{plan: Plan | null, error: string | null, heldOut: string[], criteria: string[]}} Planned There is no plan
 *   where there is an error, nor before the first answer; what the form offers stays. */

/** @param {{kind: Kind, planned: Planned}} props */
export const PlanFigures = ({ kind, planned: { plan, error } }) => {
  const unknown = error ? "–" : "…";
  return h(
    "div",
    { class: "figures" },
    h(Figure, { name: said(kind.figure) ?? kind.figure, value: plan ? number(plan.pairs) : "…" }),
    h(Figure, { name: t("training rows"), value: plan ? number(plan.rows) : "…" }),
    h(Figure, {
      name: plan?.is_counted === false ? t("takes at most about") : t("takes about"),
      value: plan ? (plan.pairs ? duration(plan.seconds) : "–") : unknown,
    }),
    plan?.samples && h(SampleFigures, { samples: plan.samples }),
    h(Figure, {
      name: t("device"),
      value: (plan?.device ? said(plan.device) : plan || error ? "–" : t("asking …")) ?? "–",
    }),
  );
};

/** @param {{samples: Samples}} props */
const SampleFigures = ({ samples }) => [
  h(Figure, { key: "all", name: t("mean reward"), value: samples.reward_all.toFixed(3) }),
  h(Figure, { key: "best", name: t("of the best"), value: samples.reward_best.toFixed(3) }),
  h(Figure, { key: "distinct", name: t("distinct-2 of the best"), value: samples.distinct_2.toFixed(2) }),
  h(Figure, { key: "words", name: t("words in the best"), value: samples.length.toFixed(0) }),
];

/** What has to be known of it. @param {{plan: Plan | null}} props */
export const Checks = ({ plan }) => {
  const shown = plan && plan.pairs > 0 ? plan.checks.filter(({ level }) => level !== "ok") : [];
  return shown.length > 0 && h(
    "ul",
    { class: "body small checks" },
    shown.map(({ level, text }) => h("li", { key: text, class: level }, said(text))),
  );
};

/** What it waits for or is watched on; `mend` gets what it lacks. @param {{planned: Planned, list: List, mend: Child}} props */
export const PlanTold = ({ planned: { plan, error }, list, mend }) => {
  if (error) return said(error);
  if (!plan) return null;
  if (!plan.pairs) return [said(plan.checks.find(({ level }) => level === "stops")?.text), " ", mend];
  const trains = trainingOne(list.rounds);
  if (trains) return t("Round {n} is training; this one waits its turn.", { n: trains.round });
  return watched(plan);
};

/** @param {Plan} plan */
const watched = (plan) => [heldOutTold(plan), " ", t("Closing the browser changes nothing.")];

/** @param {Plan} plan */
const heldOutTold = ({ held_out: n, validates_on }) => {
  if (n === 0) return t("No answers are held out to watch the loss on.");
  return validates_on
    ? t("The loss is watched on {n} answers of {set}, which no round learns.", { n, set: measuredOn(validates_on) })
    : t("The loss is watched on {n} held-out answers that neither this round nor those before it learn.", { n });
};
