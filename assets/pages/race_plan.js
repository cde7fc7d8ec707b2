// @ts-check
// What each method would do with the budget.
import { Scroll } from "../lib/parts.js";
import { duration, number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { methodName, setName } from "./race_words.js";

/** @typedef {{method: string, written: number, rows: number, a_step: number, steps: number, epochs: number}} MethodPlan */
/** @typedef {{settings: import("./race_figures.js").Settings, methods: MethodPlan[], runs: number,
 *   seconds: number}} RacePlan */

/** @param {{plan: RacePlan, given: import("./race_words.js").Given}} props */
export const Plan = ({ plan, given }) => [
  h("p", { key: "all", class: "body" }, h("b", {}, inAll(plan)), " ", h("span", { class: "soft" }, measured(plan))),
  h(
    Scroll,
    { key: "methods", label: t("What each method would do") },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [
            t("method"),
            t("spent before each round"),
            t("a step costs"),
            t("steps in each round"),
            t("epochs"),
            t("rows"),
          ]
            .map((head) => h("th", { key: head, scope: "col" }, head)),
        ),
      ),
      h("tbody", {}, plan.methods.map((one) => h(Row, { key: one.method, one, given }))),
    ),
  ),
];

/** @param {RacePlan} plan */
const inAll = ({ runs, seconds, settings }) =>
  t("{n} runs of {budget} tokens each, about {time} in all.", {
    n: number(runs),
    budget: number(settings.budget),
    time: duration(seconds),
  });

/** @param {RacePlan} plan */
const measured = ({ settings }) =>
  t("Chosen on dev and reported on test of: {sets}.", { sets: settings.datasets.map(setName).join(", ") });

/** @param {{one: MethodPlan, given: import("./race_words.js").Given}} props */
const Row = ({ one, given }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, methodName(given, one.method)),
    [number(one.written), number(one.a_step), number(one.steps), one.epochs.toFixed(1), number(one.rows)].map((
      text,
      i,
    ) => h("td", { key: i }, text)),
  );
