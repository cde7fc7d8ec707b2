// @ts-check
// How far the runs of a race are, and what each method took.
import { Scroll } from "../lib/parts.js";
import { duration, number, percent, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { taken } from "./race_figures.js";
import { methodName, rateName } from "./race_words.js";
import { stageName } from "./stage_names.js";

/** @typedef {import("./race_figures.js").Race} Race */
/** @typedef {import("./race_figures.js").Run} Run */
/** @typedef {import("./race_figures.js").Method} Method */
/** @typedef {import("./race_words.js").Given} Given */

/** @param {string[]} heads */
const head = (heads) => h("thead", {}, h("tr", {}, heads.map((text) => h("th", { key: text, scope: "col" }, text))));

/** @param {{race: Race, given: Given}} props */
export const Runs = ({ race, given }) => {
  const done = race.runs.filter((run) => run.is_done).length;
  return h(
    "details",
    { class: "fold", open: ["running", "paused"].includes(race.state) },
    h("summary", {}, t("Runs: {done} of {all} are done", { done: number(done), all: number(race.runs_in_all) })),
    race.runs.length > 0 && h(
      Scroll,
      { label: t("Runs") },
      h(
        "table",
        { class: "plain runs" },
        head([
          t("method"),
          t("learning rate"),
          t("seed"),
          t("stage"),
          t("spent of the budget"),
          t("steps"),
          t("rounds trained"),
        ]),
        h(
          "tbody",
          {},
          race.runs.map((run) =>
            h(RunRow, { key: `${run.method} ${run.learning_rate} ${run.seed}`, run, race, given })
          ),
        ),
      ),
    ),
  );
};

/** @param {{run: Run, race: Race, given: Given}} props */
const RunRow = ({ run, race, given }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, methodName(given, run.method)),
    h("td", {}, rateName(run.learning_rate)),
    h("td", {}, String(run.seed)),
    h("td", {}, run.is_done ? t("done") : stageName(run.stage)),
    h("td", {}, h(Spent, { cost: run.cost, budget: race.settings.budget })),
    h("td", {}, run.steps ? number(run.steps) : "–"),
    h(
      "td",
      {},
      run.numbers.length
        ? run.numbers.map((n, i) => [i ? ", " : "", h("a", { key: n, href: `/rounds?round=${n}` }, String(n))])
        : "–",
    ),
  );

/** @param {{cost: number, budget: number}} props */
const Spent = ({ cost, budget }) =>
  h(
    "span",
    { class: "spent" },
    number(cost),
    h(
      "span",
      { class: "meter", "aria-hidden": "true" },
      h("i", { style: `width:${Math.min(100, 100 * cost / budget)}%` }),
    ),
    h("small", {}, percent(cost / budget)),
  );

/** What each method took, once its rate is known, or why it is out. @param {{race: Race, given: Given}} props */
export const Methods = ({ race, given }) =>
  race.methods.some((one) => one.learning_rate !== null || one.out) && h(
    Scroll,
    { label: t("What each method took") },
    h(
      "table",
      { class: "plain" },
      head([
        t("method"),
        t("learning rate (loss on dev)"),
        t("steps"),
        t("spent"),
        t("time"),
        t("spent on other rates"),
        t("revisions learned"),
        t("teacher's tokens"),
      ]),
      h("tbody", {}, race.methods.map((method) => h(MethodRow, { key: method.method, race, method, given }))),
    ),
  );

/** @param {{race: Race, method: Method, given: Given}} props */
const MethodRow = ({ race, method, given }) => {
  const name = h("th", { scope: "row" }, methodName(given, method.method));
  if (method.out) {
    return h("tr", {}, name, h("td", { class: "why left", colspan: 7 }, t("out: {why}", { why: said(method.out) })));
  }
  const took = taken(race, method);
  const told = took
    ? [number(Math.round(took.steps)), number(Math.round(took.cost)), duration(took.seconds)]
    : ["–", "–", "–"];
  return h(
    "tr",
    {},
    name,
    h("td", {}, method.losses.length ? method.losses.map((one) => h(Rate, { key: one[0], one, method })) : "–"),
    told.map((text, i) => h("td", { key: i }, text)),
    h("td", {}, method.swept ? number(method.swept) : "–"),
    h("td", {}, method.decisions ? number(method.decisions) : "–"),
    h("td", {}, method.teacher_tokens ? number(method.teacher_tokens) : "–"),
  );
};

/** @param {{one: [number, number], method: Method}} props */
const Rate = ({ one: [rate, loss], method }) =>
  h(
    "span",
    { class: "rate" },
    h(rate === method.learning_rate ? "b" : "span", {}, rateName(rate)),
    " ",
    h("small", {}, loss.toFixed(3)),
  );
