// @ts-check
// One curriculum: how it stands, and its rounds, stage by stage.
import { Ago } from "../lib/ago.js";
import { Button, Card, Foreign, Scroll } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Figures, WinRates } from "./curriculum_figures.js";
import { isWaiting, madeIn, notRevised, placeName } from "./curriculum_stages.js";
import { stageName } from "./stage_names.js";

/** @typedef {import("./curriculum_stages.js").Round} Round */
/** @typedef {import("./curriculum_stages.js").Curriculum} Curriculum */

/** @param {{one: Curriculum, act: (name: string) => void}} props */
export const CurriculumCard = ({ one, act }) =>
  h(
    Card,
    {
      title: t("Curriculum {n}", { n: one.id }),
      about: [
        stateTold(one),
        " · ",
        h(Ago, { key: "at", iso: one.started_at }),
        " · ",
        h(Foreign, { key: "by", text: one.started_by }),
      ],
      tools: h(Acts, { state: one.state, act }),
    },
    one.reason && h("div", { class: "body" }, h("div", { class: "notice" }, said(one.reason))),
    h(Stages, { one }),
    h(Figures, { one }),
    h(WinRates, { one }),
  );

/** How it stands, in a word; what waits for people does not run by itself. @param {Curriculum} one */
const stateTold = (one) =>
  isWaiting(one)
    ? t("waiting for people")
    : { running: t("running"), paused: t("paused"), finished: t("finished"), cancelled: t("cancelled") }[one.state];

/** @param {{state: string, act: (name: string) => void}} props */
const Acts = ({ state, act }) =>
  h(
    "span",
    { class: "acts for-owners" },
    state === "running" && h(Button, { small: true, onClick: () => act("pause_curriculum") }, t("Pause")),
    state === "paused" &&
      h(Button, { small: true, main: true, onClick: () => act("continue_curriculum") }, t("Continue")),
    ["running", "paused"].includes(state) &&
      h(Button, { small: true, onClick: () => act("cancel_curriculum") }, t("Cancel")),
  );

/** @param {{one: Curriculum}} props */
const Stages = ({ one }) =>
  h(
    Scroll,
    { label: t("Curriculum {n}", { n: one.id }) },
    h(
      "table",
      { class: "plain stages" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }),
          one.stages.map((stage) => h("th", { key: stage, scope: "col", class: "left" }, stageName(stage))),
          h("th", { scope: "col" }, t("held-out loss"), h(Validated, { dataset: one.settings.choices.validate_on })),
        ),
      ),
      h(
        "tbody",
        {},
        one.rounds.map((round) =>
          h(
            "tr",
            { key: round.place },
            h("th", { scope: "row" }, placeName(round)),
            one.stages.map((stage) => h(Cell, { key: stage, one, round, stage })),
            h("td", {}, round.held_out_loss?.toFixed(3) ?? "–"),
          )
        ),
      ),
    ),
  );

/** Which rows the rounds' losses are of, where they were chosen. @param {{dataset: string}} props */
const Validated = ({ dataset }) => dataset ? h("small", { dir: "auto" }, ` ${measuredOn(`${dataset} · dev`)}`) : null;

/** What a stage has made of a round. @param {{one: Curriculum, round: Round, stage: string}} props */
const Cell = ({ one, round, stage }) => {
  const made = round.stages[stage];
  if (!made) return h("td", { class: "left soft" }, "·");
  if (made.done) return h("td", { class: "left" }, told(round, stage) ?? t("done"));
  const stands = one.state === "running" ? t("under way") : t("stopped here");
  const left = made.left && h(Left, { curriculum: one.id, n: made.left });
  return h("td", { class: "left now" }, left || (told(round, stage) ?? stands));
};

/** What waits for people. @param {{curriculum: number, n: number}} props */
const Left = ({ curriculum, n }) =>
  h(
    "a",
    { href: `/?in=1&curriculum=${curriculum}` },
    n === 1 ? t("1 waits for people") : t("{n} wait for people", { n }),
  );

/** How much a stage has made; null where that is not counted. What failed is on the Teacher page, with its reason.
 * @param {Round} round @param {string} stage */
const told = (round, stage) => {
  const { number: trained } = round.stages[stage];
  if (stage === "train" && trained) return h("a", { href: `/rounds?round=${trained}` }, t("round {n}", { n: trained }));
  const made = madeIn(round, stage);
  if (made === undefined) return null;
  const missing = stage === "revise" ? notRevised(round) : 0;
  if (missing <= 0) return number(made);
  return [
    number(made),
    " · ",
    h("a", { key: "failed", href: "/teacher" }, t("{n} not revised", { n: number(missing) })),
  ];
};
