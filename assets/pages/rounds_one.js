// @ts-check
// One round: how it stands, what can be done with it, what it gained and what made it.
import { Button, Foreign } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Better } from "./rounds_better.js";
import { ChosenCard } from "./rounds_card.js";
import { objectives } from "./rounds_choices.js";
import { RoundFacts } from "./rounds_facts.js";
import { RoundFigures } from "./rounds_figures.js";
import { Losses } from "./rounds_losses.js";
import { Examples, WhatMadeIt } from "./rounds_made.js";
import { begun, isLive, isUsable, phaseName } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/**
 * @typedef {object} Props
 * @property {import("../lib/view.js").Ask} ask
 * @property {Kinds} kinds
 * @property {List} list
 * @property {Round} round
 * @property {Round[]} beside The rounds whose losses are drawn with its own.
 * @property {(rounds: number[]) => void} setBeside
 * @property {(name: string, body: object) => void} act
 */

/** @param {Props} props */
export const RoundCard = (props) => {
  const { ask, kinds, list, round, beside, setBeside } = props;
  const isStudent = kinds.isStudent(round);
  return h(
    ChosenCard,
    { title: h(Head, props) },
    isLive(round) && h("div", { class: "body small soft", role: "status" }, underWay(round)),
    h(Notes, { kinds, list, round }),
    isStudent && h(Better, { ask, round: round.round }),
    round.result?.weak && h(
      Told,
      {},
      t("This reward model is weak: it is right on fewer than 60 % of held-out pairs, so its scores mean little."),
    ),
    h(RoundFigures, { kinds, round }),
    h(Losses, { kinds, list, round, beside, setBeside }),
    h(RoundFacts, { kinds, round }),
    isStudent && h(Examples, { found: round.result?.examples }),
    h(WhatMadeIt, { ask, kinds, round: round.round }),
  );
};

/** What it does, while it has not ended. @param {Round} round */
const underWay = ({ state, waits, stage, measured }) => {
  if (state === "waiting") return said(waits) || t("starting");
  if (!measured) return phaseName(stage);
  const [done, of] = measured.map(number);
  return t("{what}: {done} of {of}", { what: phaseName(stage), done, of });
};

/** @param {{children?: import("../lib/view.js").Child}} props */
const Told = ({ children }) => h("div", { class: "body" }, h("div", { class: "notice" }, children));

/** @param {Props} props */
const Head = ({ kinds, list, round, act }) => [
  t("Round {n}", { n: round.round }),
  round.name && [" ", h(Foreign, { key: "name", text: round.name })],
  h("small", { key: "about" }, `${learns(kinds, round)} · ${begun(round)}`),
  h("span", { key: "gap", class: "grow" }),
  h(Acts, { key: "acts", kinds, list, round, act }),
];

/** @param {Kinds} kinds @param {Round} round */
const learns = (kinds, round) =>
  kinds.title(round) || objectives().find(([name]) => name === round.objective)?.[1] || round.objective;

/** @param {{kinds: Kinds, list: List, round: Round, act: (name: string, body: object) => void}} props */
const Acts = ({ kinds, list, round, act }) => {
  const { round: n } = round;
  const isUsed = isUsable(list, round);
  const isChat = isUsed && kinds.isStudent(round);
  return [
    isLive(round) && h(Cancel, { key: "cancel", round, onCancel: () => act("cancel_round", { round: n }) }),
    isChat && h("a", { key: "chat", class: "act small main", href: `/chat?model=${n}` }, t("Chat with it")),
    round.place !== null && round.place > 0 && h(Queue, { key: "queue", round, act }),
    isChat && h("a", { key: "evaluate", class: "act small", href: "/evaluate" }, t("Evaluate")),
    round.resumable &&
    h(
      Button,
      { key: "resume", small: true, main: true, owners: true, onClick: () => act("resume_round", { round: n }) },
      t("Resume"),
    ),
    !isLive(round) && kinds.of(round) && isUsed &&
    h(
      Button,
      { key: "again", small: true, owners: true, onClick: () => act("repeat_round", { round: n }) },
      t("Train it again"),
    ),
  ];
};

/** What a round has learned is lost with it, so that one that trains is asked about first.
 * @param {{round: Round, onCancel: () => void}} props */
const Cancel = ({ round, onCancel }) => {
  const [isAsking, setAsking] = useState(false);
  const close = (/** @type {() => void} */ then) => () => {
    setAsking(false);
    then();
  };
  if (isAsking && round.state === "running") {
    return h(
      "span",
      { class: "asked for-owners", role: "alert" },
      h("span", {}, t("Cancel this round? What it has learned so far is lost.")),
      h(Button, { small: true, class: "cancel", onClick: close(onCancel) }, t("Cancel the round")),
      h(Button, { small: true, first: true, onClick: close(() => {}) }, t("Keep training")),
    );
  }
  return h(
    Button,
    {
      small: true,
      owners: true,
      class: "cancel",
      disabled: round.state === "cancelling",
      onClick: () => round.state === "running" ? setAsking(true) : onCancel(),
    },
    round.state === "cancelling" ? t("Cancelling …") : t("Cancel"),
  );
};

/** @param {{round: Round, act: (name: string, body: object) => void}} props */
const Queue = ({ round, act }) => {
  const move = (/** @type {boolean} */ up) => act("move_round", { round: round.round, up });
  return [
    h(Button, {
      key: "up",
      small: true,
      owners: true,
      disabled: round.place === 1,
      label: t("earlier in the queue"),
      onClick: () => move(true),
    }, "↑"),
    h(Button, {
      key: "down",
      small: true,
      owners: true,
      disabled: Boolean(round.is_last),
      label: t("later in the queue"),
      onClick: () => move(false),
    }, "↓"),
  ];
};

/** What has to be known of a round first. @param {{kinds: Kinds, list: List, round: Round}} props */
const Notes = ({ kinds, list, round }) => [
  !isUsable(list, round) && h(
    Told,
    { key: "other" },
    t("It is of the student {name}: chat with it or continue it after choosing that student on the Models page.", {
      name: list.others[round.round],
    }),
    " ",
    h("a", { href: "/models" }, t("Models")),
  ),
  round.state === "deleted" &&
  h(Told, { key: "deleted" }, t("Its adapter was deleted."), " ", h("a", { href: "/adapters" }, t("Adapters"))),
  ["failed", "lost", "cancelled"].includes(round.state) &&
  h(Told, { key: "ended" }, said(round.message) || ended(round), " ", said(kinds.of(round)?.given_back ?? "")),
];

/** @param {Round} round */
const ended = ({ state }) => {
  if (state === "cancelled") return t("This round was cancelled.");
  return state === "lost" ? t("This round was lost.") : t("This round has failed.");
};
