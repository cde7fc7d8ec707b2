// @ts-check
// At which strength of a round's adapter held-out answers are likeliest: what to measure, what came of it, and the round.
import { Chart } from "../lib/chart/chart.js";
import { Button, Card, MeasuredOn, Notice, NumberField, Scroll, Select } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { h, useAsked, useState, useTyped } from "../lib/view.js";
import { interval, modelName, signed, signedInterval, three } from "./evaluate_words.js";

/**
 * @typedef {{strength: number, mean: number, low: number | null, high: number | null, difference: number,
 *   difference_low: number | null, difference_high: number | null}} Measured
 */
/**
 * @typedef {{round: number, dataset: string, metric: {name: string}, n: number, strengths: Measured[],
 *   best: number | null, told: string}} Strengths
 */
/** @typedef {import("../lib/view.js").Ask} Ask */

/** @param {{ask: Ask, models: number[], datasets: string[]}} props */
export const Strength = ({ ask, models, datasets }) => {
  const [chosen, setRound] = useState("");
  const [dataset, setDataset] = useState("");
  const items = useTyped("100");
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const round = models.includes(Number(chosen)) ? Number(chosen) : models[0];
  const asked = { round, dataset, items: items.number };
  const { answer, error } = /** @type {{answer: Strengths | null, error: string | null}} */ (
    useAsked(ask, "strengths", asked, 300)
  );
  const act = async (/** @type {string} */ name, /** @type {object} */ body) =>
    setRefused((await ask(name, body)).error ?? null);
  const best = answer?.best ?? 1;
  return h(
    Card,
    {
      class: "spaced",
      title: t("Strength"),
      about: t("how much of what a round learned answers held-out rows best; nothing is trained"),
    },
    h(Notice, {}, said(refused)),
    h(
      "div",
      { class: "setup last" },
      h(Select, {
        label: t("of"),
        value: String(round),
        onChange: setRound,
        options: models.map((one) => [String(one), modelName(one)]),
      }),
      h(MeasuredOn, { value: dataset, datasets, onChange: setDataset }),
      h(NumberField, { label: t("number of rows"), most: 100_000, ...items.field }),
      h(
        "span",
        { class: "for-owners" },
        h(Button, { onClick: () => act("find_strength", asked) }, t("Find the best strength")),
      ),
    ),
    answer && !error && answer.strengths.length > 0 &&
      h(
        "div",
        { class: "body" },
        h(Along, { found: answer }),
        h("p", { role: "status" }, said(answer.told)),
        best !== 1 && h(
          "p",
          { class: "for-owners" },
          h(
            Button,
            { onClick: () => act("blend_adapter", { round: answer.round, strength: best }) },
            t("Save round {n} at strength {strength} as a round", { n: answer.round, strength: best }),
          ),
        ),
        h(Table, { found: answer }),
      ),
  );
};

/** @param {{found: Strengths}} props */
const Along = ({ found }) =>
  h(Chart, {
    title: t("Loss by strength, {name}", { name: measuredOn(found.dataset) }),
    along: t("strength"),
    value: said(found.metric.name) ?? "",
    places: found.strengths.map((one, x) => [x, String(one.strength)]),
    series: [{
      name: modelName(found.round),
      points: found.strengths.map((one, x) => ({
        x,
        y: one.mean,
        low: one.low ?? undefined,
        high: one.high ?? undefined,
        n: found.n,
      })),
    }],
  });

/** @param {{found: Strengths}} props */
const Table = ({ found }) =>
  h(
    Scroll,
    { label: t("Loss by strength, {name}", { name: measuredOn(found.dataset) }) },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [t("strength"), t("loss, {n} rows", { n: number(found.n) }), t("difference to strength 1, 95 % interval")]
            .map((name) => h("th", { key: name, scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        found.strengths.map((one) =>
          h(
            "tr",
            { key: one.strength },
            h("th", { scope: "row" }, String(one.strength)),
            h("td", {}, `${three(one.mean)} `, h("small", {}, interval(one.low, one.high))),
            h(
              "td",
              {},
              one.strength === 1 ? "–" : [
                `${signed(one.difference)} `,
                h("small", {}, signedInterval({ low: one.difference_low, high: one.difference_high })),
              ],
            ),
          )
        ),
      ),
    ),
  );
