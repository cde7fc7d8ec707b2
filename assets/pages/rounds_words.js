// @ts-check
// How the Rounds page says how rounds stand, what they learn, and which losses compare.
import { measuredOn, percent, said, t } from "../lib/shared.js";

/** @typedef {import("./rounds_news.js").Listed} Listed */
/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */

const LIVE = ["waiting", "running", "cancelling"];

/** Whether a round has not ended. @param {{state: string}} round */
export const isLive = ({ state }) => LIVE.includes(state);

/** The round that trains, if one does. @param {Listed[]} rounds */
export const trainingOne = (rounds) => rounds.find(({ state }) => ["running", "cancelling"].includes(state));

/** Whether a round is of the student in use. @param {List} list @param {{round: number}} one */
export const isUsable = (list, one) => !(one.round in list.others);

/** @param {Listed["state"]} state */
const stateName = (state) =>
  ({
    incomplete: t("incomplete"),
    waiting: t("waiting"),
    running: t("running"),
    cancelling: t("cancelling"),
    cancelled: t("cancelled"),
    finished: t("finished"),
    failed: t("failed"),
    lost: t("lost"),
    deleted: t("deleted"),
  })[state];

/** What a trainer does. @param {string | null | undefined} stage @returns {string} */
export const phaseName = (stage) =>
  ({
    loading: t("loading the student"),
    evaluating: t("measuring the held-out loss"),
    ordering: t("putting easy rows first"),
    comparing: t("measuring where the round begins"),
    rewarding: t("measuring the reward"),
    training: t("training"),
    saving: t("saving the adapter"),
  })[stage ?? ""] ?? t("starting");

/**
 * On which rows a round's loss was measured; null where it is no loss of answers, such as a reward model's.
 * @param {Kinds} kinds @param {Listed} round
 */
const comparesBy = (kinds, round) =>
  round.loss != null && !kinds.isReward(round) ? `${kinds.of(round)?.watched} ${round.validates_on}` : null;

/** Each choice of rows that finished rounds were measured on, that of the newest first.
 * @param {Kinds} kinds @param {Listed[]} rounds */
export const lossRows = (kinds, rounds) => [
  ...new Set(rounds.filter(({ state }) => state === "finished").map((one) => comparesBy(kinds, one)).filter(Boolean)),
];

/**
 * The mark of a round's loss: losses on different rows do not compare, so that those on the rows of the newest round are
 * bare and others have a letter for each choice of rows. @param {Kinds} kinds @param {Listed[]} rounds
 * @param {Listed} round
 */
export const lossMark = (kinds, rounds, round) => {
  const place = lossRows(kinds, rounds).indexOf(comparesBy(kinds, round));
  return place > 0 ? String.fromCharCode(96 + place) : "";
};

/** How a round stands, at the end of its line; its loss has a mark besides. @param {Kinds} kinds @param {Listed} round */
export const standing = (kinds, round) => {
  const { state, loss, step, steps, stage, place } = round;
  if (state === "finished") return comparesBy(kinds, round) ? Number(loss).toFixed(3) : t("finished");
  if (state === "running") return steps ? percent((step ?? 0) / steps) : phaseName(stage);
  return place ? t("waits, place {n}", { n: place }) : stateName(state);
};

/** @param {{validates_on: string}} round */
export const validated = ({ validates_on }) =>
  validates_on ? t("validated on {name}", { name: measuredOn(validates_on) }) : "";

/** @param {{parent: number | null}} round */
export const begun = ({ parent }) => parent ? t("from round {n}", { n: parent }) : t("from the base model");

/** What the loss in the list is of. @param {Kinds} kinds @param {Listed} round */
const lossOf = (kinds, round) => {
  const kind = kinds.of(round);
  return validated(round) || (round.loss !== null && kind && t("loss of {rows}", { rows: said(kind.watched_on) }));
};

/** The line below a round in the list. @param {Kinds} kinds @param {List} list @param {Listed} round */
export const origin = (kinds, list, round) => {
  const kind = kinds.of(round);
  const keeps = isLive(round) || round.state === "finished"; // else it gave back what it was to learn
  const learns = kinds.joined(kinds.title(round), kind && keeps ? kinds.counted(kind, round.items) : "");
  const student = !isUsable(list, round) && t("student {name}", { name: list.others[round.round] });
  return [student, learns, begun(round), lossOf(kinds, round)].filter(Boolean).join(" · ");
};
