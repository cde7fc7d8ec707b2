// @ts-check
// What to race, and before it starts what each method would do with the budget.
import { Button, Card, Check, Notice, NumberField, Select } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useAsked, useState } from "../lib/view.js";
import { Plan } from "./race_plan.js";
import { judgedBy, methodName, rewardName, setName } from "./race_words.js";

/** @typedef {import("./race.js").View} View */
/** @typedef {import("./race_words.js").Given} Given */
/** @typedef {{methods: string[], items: string, rounds: string, seeds: string, budget: string, rates: string,
 *   parent: string, datasets: string[], evaluate_items: string, judge: string, reward: string, k: string}} Chosen */
/** @typedef {(change: Partial<Chosen>) => void} Set */

const PAUSE = 400;
const MOST = 100_000;

/** What a number is where its field was emptied, as the server has it. */
const STANDARD = { items: "64", rounds: "1", seeds: "3", evaluate_items: "100", k: "8" };

/** @param {View} view @returns {Chosen} */
const first = (view) => ({
  ...STANDARD,
  methods: ["citing", "sft"],
  budget: "",
  rates: "three",
  parent: "",
  datasets: [],
  judge: view.judges[0],
  reward: view.rewards[0],
});

/** @param {string} typed */
const numberOf = (typed) => typed === "" ? null : Number(typed);

/** @param {Chosen} chosen */
const asked = (chosen) => ({
  ...chosen,
  items: numberOf(chosen.items),
  rounds: numberOf(chosen.rounds),
  seeds: numberOf(chosen.seeds),
  budget: numberOf(chosen.budget),
  evaluate_items: numberOf(chosen.evaluate_items),
  k: numberOf(chosen.k),
  parent: numberOf(chosen.parent),
});

/** @param {{ask: import("../lib/view.js").Ask, view: View, given: Given, onStart: () => Promise<void>}} props */
export const Form = ({ ask, view, given, onStart }) => {
  const [chosen, setChosen] = useState(first(view));
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  /** @type {Set} */
  const set = (change) => {
    setRefused(null);
    setChosen({ ...chosen, ...change });
  };
  const body = asked(chosen);
  const plan =
    /** @type {{answer: import("./race_plan.js").RacePlan | null, error: string | null, isAsking: boolean}} */ (
      useAsked(ask, "race_plan", body, PAUSE)
    );
  const start = async () => {
    const answer = await ask("start_race", body);
    setRefused(answer.error ?? null);
    if (!answer.error) await onStart();
  };
  return h(
    Card,
    {
      class: "for-owners",
      title: t("New race"),
      about: t("kinds of round side by side: the same instructions, the same start, the same budget"),
    },
    h(Methods, { given, chosen, set }),
    h(
      "div",
      { class: "setup last" },
      h(NumberField, {
        label: t("instructions in each round"),
        value: chosen.items,
        standard: STANDARD.items,
        most: MOST,
        onChange: (items) => set({ items }),
      }),
      h(NumberField, {
        label: t("rounds"),
        value: chosen.rounds,
        standard: STANDARD.rounds,
        most: 100,
        onChange: (rounds) => set({ rounds }),
      }),
      h(NumberField, {
        label: t("seeds"),
        value: chosen.seeds,
        standard: STANDARD.seeds,
        most: 20,
        onChange: (seeds) => set({ seeds }),
      }),
      h(NumberField, {
        label: t("budget of each run"),
        value: chosen.budget,
        most: Number.MAX_SAFE_INTEGER,
        standard: plan.answer && !chosen.budget ? number(plan.answer.settings.budget) : t("as usual"),
        onChange: (budget) => set({ budget }),
      }),
    ),
    h("p", { class: "body soft small whys" }, said(given.whys.budget), " ", said(given.whys.seeds)),
    h(More, { view, given, chosen, set }),
    h(
      "div",
      { class: "plan", "aria-live": "polite", "aria-busy": plan.isAsking },
      h(Notice, {}, said(refused ?? plan.error)),
      plan.answer && !plan.error ? h(Plan, { plan: plan.answer, given }) : null,
    ),
    h(
      "div",
      { class: "takes" },
      h(
        "p",
        { class: "soft small" },
        t("Every revision that a method learns is accepted without a person. Closing the browser or the app loses nothing."),
      ),
      h(Button, { main: true, onClick: start }, t("Start the race")),
    ),
  );
};

/** The methods; the others are compared with one of them. @param {{given: Given, chosen: Chosen, set: Set}} props */
const Methods = ({ given, chosen: { methods }, set }) =>
  h(
    "div",
    { class: "setup last" },
    h(
      "fieldset",
      { class: "choices methods" },
      h("legend", {}, t("methods")),
      given.methods.map(({ name, label }) =>
        h(
          Check,
          {
            key: name,
            checked: methods.includes(name),
            onChange: (on) => set({ methods: on ? [...methods, name] : methods.filter((one) => one !== name) }),
          },
          h("span", {}, methodName(given, name), h("small", {}, said(label))),
        )
      ),
    ),
    methods.length > 1 && h(Select, {
      label: t("the others are compared with"),
      value: methods[0],
      options: methods.map((one) => [one, methodName(given, one)]),
      onChange: (one) => set({ methods: [one, ...methods.filter((other) => other !== one)] }),
    }),
  );

/** What is seldom chosen. @param {{view: View, given: Given, chosen: Chosen, set: Set}} props */
const More = ({ view, given, chosen, set }) => {
  const kinds = given.methods.filter(({ name }) => chosen.methods.includes(name));
  return h(
    "details",
    { class: "body small" },
    h("summary", {}, t("More choices")),
    h(
      "div",
      { class: "setup explained" },
      h(Select, {
        label: t("learning rates"),
        value: chosen.rates,
        why: said(given.whys.rates),
        options: [["three", t("half, once and twice each method's own")], ["own", t("each method's own")]],
        onChange: (rates) => set({ rates }),
      }),
      h(Select, {
        label: t("all begin with"),
        value: chosen.parent,
        options: [["", t("base")], ...view.parents.map(roundOption)],
        onChange: (parent) => set({ parent }),
      }),
      h(NumberField, {
        label: t("answers measured at most"),
        value: chosen.evaluate_items,
        standard: STANDARD.evaluate_items,
        most: 10_000,
        onChange: (evaluate_items) => set({ evaluate_items }),
      }),
      h(Select, {
        label: t("judge"),
        value: chosen.judge,
        options: view.judges.map((one) => [one, one ? judgedBy(given, one) : t("nobody")]),
        why: t("A model that judges is asked twice for each pair of answers, within the spending limit."),
        onChange: (judge) => set({ judge }),
      }),
      kinds.some((kind) => kind.by_reward) && h(Select, {
        label: t("reward"),
        value: chosen.reward,
        options: view.rewards.map((one) => [one, rewardName(one)]),
        why: said(given.whys.reward),
        onChange: (reward) => set({ reward }),
      }),
      kinds.some((kind) => kind.samples) && h(NumberField, {
        label: t("candidates for each instruction"),
        value: chosen.k,
        standard: STANDARD.k,
        most: 64,
        onChange: (k) => set({ k }),
      }),
      h(DataSets, { view, chosen, set }),
    ),
  );
};

/** @param {number} n @returns {[string, string]} */
const roundOption = (n) => [String(n), t("round {n}", { n })];

/** @param {{view: View, chosen: Chosen, set: Set}} props */
const DataSets = ({ view, chosen: { datasets }, set }) =>
  h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, t("chosen on dev, reported on test")),
    view.datasets.length > 1
      ? view.datasets.map((name) =>
        h(Check, {
          key: name,
          checked: datasets.includes(name),
          onChange: (on) => set({ datasets: on ? [...datasets, name] : datasets.filter((one) => one !== name) }),
        }, setName(name))
      )
      : setName(""),
    h(
      "small",
      {},
      view.datasets.length > 1 ? t("If you tick none: all that were imported only to measure on.") : [
        t("Nothing was imported only to measure on, so the test split is taken."),
        " ",
        h("a", { key: "data", href: "/data" }, t("Import data")),
      ],
    ),
  );
