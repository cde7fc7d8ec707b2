// @ts-check
// What the rounds of a curriculum measured: figures with their intervals, and win rates.
import { Scroll } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { measuredModels, placeName } from "./curriculum_stages.js";

/** @typedef {import("./curriculum_stages.js").Curriculum} Curriculum */
/** @typedef {import("./curriculum_stages.js").Figure} Figure */
/** @typedef {import("./curriculum_stages.js").Rate} Rate */
/** @typedef {import("./curriculum_stages.js").Round} Round */

/** The columns: a kind of answer, a metric, and what both are called. @returns {[string, string, string][]} */
const columns = () => [
  ["draft", "loss", t("loss of answers")],
  ["draft", "rouge_l", t("drafts, ROUGE-L")],
  ["self-revision", "rouge_l", t("self-revisions, ROUGE-L")],
];

/** @param {number | null} value @param {number} [digits] */
const fixed = (value, digits = 3) => value?.toFixed(digits) ?? "–";

/** @param {{one: Curriculum}} props */
export const Figures = ({ one }) => {
  const models = measuredModels(one);
  if (!models.some(([, found]) => found.length)) return null;
  const title = t("measured on {name}", { name: measuredOn(one.dataset) });
  return h(
    Scroll,
    { label: title },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [title, t("answers measured"), ...columns().map(([, , name]) => name)].map((head) =>
            h("th", { key: head, scope: "col" }, head)
          ),
        ),
      ),
      h("tbody", {}, models.map(([name, found]) => h(Model, { key: name, name, found }))),
    ),
  );
};

/** @param {{name: string, found: Figure[]}} props */
const Model = ({ name, found }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h("td", {}, found.length ? number(Math.max(...found.map(({ n }) => n))) : "–"),
    columns().map(([answer, metric, head]) =>
      h(Value, { key: head, figure: found.find((one) => one.answer === answer && one.name === metric) })
    ),
  );

/** @param {{figure: Figure | undefined}} props */
const Value = ({ figure }) => {
  if (!figure) return h("td", { class: "soft" }, "–");
  const { value, low, high, n } = figure;
  return h(
    "td",
    { title: t("95 % interval {low} to {high}, n = {n}", { low: fixed(low), high: fixed(high), n }) },
    value.toFixed(3),
    h("small", {}, ` [${fixed(low, 2)}, ${fixed(high, 2)}]`),
  );
};

/** A round's win rates, and why there are none. @param {{one: Curriculum}} props */
export const WinRates = ({ one }) => {
  const rounds = one.rounds.filter((round) => round.judged.length || round.not_judged);
  return rounds.length > 0 && h(
    "div",
    { class: "body small" },
    t("Win rates, judged by {judge}", { judge: one.settings.judge }),
    h("ul", {}, rounds.map((round) => h(Judged, { key: round.place, round }))),
  );
};

/** @param {{round: Round}} props */
const Judged = ({ round }) =>
  h(
    "li",
    {},
    placeName(round),
    ": ",
    round.judged.map(rateTold).join(" · "),
    round.judged.some((one) => one.crosses_half) &&
      [" ", t("Some of these could be reversed by inconsistent and invalid comparisons.")],
    round.not_judged && [" ", said(round.not_judged)],
  );

/** @param {number | null} share */
const percent = (share) => share === null ? "–" : (100 * share).toFixed(1);

/** @param {Rate} one */
const rateTold = ({ other, rate, low, high, n }) => {
  const model = said(other);
  if (rate === null) return t("no valid comparison with {model}", { model });
  if (low === null) return t("no winner in {n} comparisons with {model}", { model, n: number(n) });
  return t("{rate} % against {model} ({low}–{high}, n = {n})", {
    rate: percent(rate),
    model,
    low: percent(low),
    high: percent(high),
    n: number(n),
  });
};
