// @ts-check
// One race: how it stands, how far its runs are, and what came of it.
import { Button, Card, Foreign, Notice } from "../lib/parts.js";
import { number, said, t, when } from "../lib/shared.js";
import { h, useAnswer, useEffect, useState } from "../lib/view.js";
import { Methods, Runs } from "./race_runs.js";
import { Reading, TestSet } from "./race_set.js";
import { judgedBy, methodName, setName, stateName } from "./race_words.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {import("./race_words.js").Given} Given */
/** @typedef {import("./race_figures.js").Race} Race */
/** @typedef {import("./race_figures.js").SetTable} SetTable */

/** An older race is opened by a button: its tables take the server seconds.
 * @param {{ask: Ask, race: number, state: string, given: Given, isNewest: boolean, onChange: () => Promise<void>}} props */
export const RaceCard = ({ ask, race, state, given, isNewest, onChange }) => {
  const [isOpen, setOpen] = useState(isNewest);
  return isOpen ? h(Opened, { ask, race, state, given, onChange }) : h(Card, {
    title: t("Race {n}", { n: race }),
    about: stateName(state),
    tools: h(Button, { small: true, onClick: () => setOpen(true) }, t("Open")),
  });
};

/** @param {{ask: Ask, race: number, state: string, given: Given, onChange: () => Promise<void>}} props */
const Opened = ({ ask, race, state, given, onChange }) => {
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const { answer: view, error, reload } =
    /** @type {{answer: Race | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "race_progress", { race }, (/** @type {Race} */ one) => one.state === "running")
    );
  const tables = useTables(ask, race, view?.is_measured ?? false);
  useEffect(() => {
    if (view && view.state !== state) onChange();
  }, [view?.state]);
  const act = async (/** @type {string} */ name) => {
    setRefused((await ask(name, { race })).error ?? null);
    await reload();
    await onChange();
  };
  return h(
    Card,
    {
      class: "race-card",
      title: t("Race {n}", { n: race }),
      about: view && [
        stateName(view.state),
        " · ",
        when(view.started_at),
        " · ",
        h(Foreign, { key: "by", text: view.started_by }),
      ],
      tools: view && h(Acts, { state: view.state, act }),
    },
    h(Notice, {}, said(refused ?? error ?? view?.reason)),
    view && [
      h("p", { key: "settings", class: "body soft small" }, settingsTold(given, view)),
      h(Runs, { key: "runs", race: view, given }),
      h(Methods, { key: "methods", race: view, given }),
      view.is_measured && !tables &&
      h("p", { key: "wait", class: "body soft", role: "status" }, t("Working out the tables …")),
      h(Notice, { key: "error" }, said(tables?.error)),
      tables?.tables && h(Reading, { key: "reading", race: view, given }),
      tables?.tables?.map((table) => h(TestSet, { key: table.test_set, race: view, table, given })),
      h(Save, { key: "save", ask, race }),
    ],
  );
};

/** A race's tables, asked for once. @param {Ask} ask @param {number} race @param {boolean} isMeasured */
const useTables = (ask, race, isMeasured) => {
  const [found, setFound] = useState(/** @type {{tables?: SetTable[], error?: string} | null} */ (null));
  useEffect(() => {
    if (isMeasured) ask("race_tables", { race }).then(setFound);
  }, [isMeasured]);
  return found;
};

/** @param {{state: string, act: (name: string) => void}} props */
const Acts = ({ state, act }) =>
  h(
    "span",
    { class: "acts for-owners" },
    state === "running" && h(Button, { small: true, onClick: () => act("pause_race") }, t("Pause")),
    state === "paused" && h(Button, { small: true, main: true, onClick: () => act("continue_race") }, t("Continue")),
    ["running", "paused"].includes(state) &&
      h(Button, { small: true, onClick: () => act("cancel_race") }, t("Cancel")),
  );

/** What was chosen, in a line. @param {Given} given @param {Race} race */
const settingsTold = (given, { settings }) =>
  [
    settings.methods.map((one) => methodName(given, one)).join(", "),
    t("rounds: {n}", { n: number(settings.rounds) }),
    t("instructions in each: {n}", { n: number(settings.items) }),
    t("seeds: {n}", { n: number(settings.seeds) }),
    t("budget of each run: {n}", { n: number(settings.budget) }),
    settings.parent === null ? t("begins with the base model") : t("begins with round {n}", { n: settings.parent }),
    t("measured on {name}", { name: settings.datasets.map(setName).join(", ") }),
    settings.judge ? t("judged by {judge}", { judge: judgedBy(given, settings.judge) }) : t("judged by nobody"),
  ].join(" · ");

/** @param {{ask: Ask, race: number}} props */
const Save = ({ ask, race }) => {
  const [made, setMade] = useState(/** @type {{file?: string, error?: string} | null} */ (null));
  return h(
    "div",
    { class: "setup last for-owners" },
    h(Notice, {}, said(made?.error)),
    h(Button, { onClick: async () => setMade(await ask("race_report", { race })) }, t("Save as Markdown")),
    made?.file && h("a", { href: `/gradio_api/file=${encodeURI(made.file)}`, download: "" }, t("Download the report")),
  );
};
