// @ts-check
// A curriculum as the server tells it, and what is read from its stages.
import { t } from "../lib/shared.js";

/** @typedef {{done: boolean, hashes?: number, items?: number, candidates?: number, revised?: number, left?: number,
 *   accepted?: number, number?: number}} Stage */
/** @typedef {{answer: string, name: string, value: number, low: number | null, high: number | null, n: number}} Figure */
/** @typedef {{other: string, rate: number | null, low: number | null, high: number | null, n: number,
 *   crosses_half: boolean}} Rate */
/** @typedef {{place: number, number: number | null, held_out_loss: number | null, stages: Record<string, Stage>,
 *   figures: Figure[], judged: Rate[], not_judged: string | null}} Round */
/** @typedef {{id: number, state: "running" | "paused" | "finished" | "cancelled", reason: string | null,
 *   started_by: string, started_at: string, settings: {judge: string, choices: {validate_on: string}},
 *   dataset: string, stages: string[], rounds: Round[], base: Figure[]}} Curriculum */

/** @type {Record<string, keyof Omit<Stage, "done">>} */
const COUNTED = { sample: "hashes", draft: "items", candidates: "candidates", revise: "revised", decide: "accepted" };

/** How much a stage has made; undefined where it does not say. @param {Round} round @param {string} stage */
export const madeIn = (round, stage) => round.stages[stage][COUNTED[stage]];

/** How many drafts have no revision. @param {Round} round */
export const notRevised = ({ stages }) => (stages.draft?.items ?? 0) - (stages.revise?.revised ?? 0);

/** Whether it waits for people. @param {Curriculum} one */
export const isWaiting = (one) =>
  one.state === "running" &&
  one.rounds.some(({ stages: { decide } }) => decide && !decide.done && Boolean(decide.left));

/** @param {Round} round */
export const placeName = ({ place }) => place ? t("round {n} of the curriculum", { n: place }) : t("SFT, round 0");

/** What was measured of the base model and of each round that is trained, by what it is called.
 * @param {Curriculum} one @returns {[string, Figure[]][]} */
export const measuredModels = (one) => [
  [t("the base model"), one.base],
  ...one.rounds.filter((round) => round.number).map((
    round,
  ) => /** @type {[string, Figure[]]} */ ([placeName(round), round.figures])),
];
