// @ts-check
// The Evaluate page: what to measure, for each test set what came of it, and the report.
import { Button, Card, Check, MeasuredOn, Notice, NumberField, Select } from "../lib/parts.js";
import { measuredParts, said, t } from "../lib/shared.js";
import { EvaluateNav } from "../lib/subnav.js";
import { h, useAsked, useState, useTyped } from "../lib/view.js";
import { TestSet } from "./evaluate_set.js";
import { Strength } from "./evaluate_strength.js";
import { modelName } from "./evaluate_words.js";

/** @typedef {import("./evaluate_figures.js").MeasuredSet} MeasuredSet */
/** @typedef {{sets: MeasuredSet[], datasets: string[], models: number[], student: string,
 *   others: string[]}} EvaluateView */
/** @typedef {import("../lib/view.js").Ask} Ask */

const NOTHING = {};

/** @param {{ask: Ask}} props */
export default ({ ask }) => {
  const { answer, error } = /** @type {{answer: EvaluateView | null, error: string | null}} */ (
    useAsked(ask, "metrics", NOTHING)
  );
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const evaluate = async (/** @type {object} */ asked) => {
    setRefused((await ask("evaluate", asked)).error ?? null);
  };
  return h(
    "div",
    { class: "page" },
    h(EvaluateNav, { active: "/evaluate" }),
    h(Notice, {}, said(error ?? refused)),
    answer && h(Form, { models: answer.models, datasets: answer.datasets, evaluate }),
    answer?.models.length ? h(Strength, { ask, models: answer.models, datasets: answer.datasets }) : null,
    answer?.sets.map((set) => h(TestSet, { key: set.name, set, ask })),
    answer?.sets.length ? h(Report, { ask }) : null,
    answer && !answer.sets.length ? h(Empty, {}) : null,
    answer?.others.length
      ? h(
        "p",
        { class: "soft small" },
        t(
          "Shown is the student {name}. What was measured of {others} is kept, and shown when that student is in use.",
          {
            name: answer.student,
            others: answer.others.join(", "),
          },
        ),
      )
      : null,
  );
};

/** Saves all that was measured and compared as one file. @param {{ask: Ask}} props */
const Report = ({ ask }) => {
  const [made, setMade] = useState(/** @type {{file?: string, error?: string} | null} */ (null));
  const save = async (/** @type {string} */ ending) => setMade(await ask("report", { ending }));
  return h(
    Card,
    {
      class: "for-owners spaced",
      title: t("Report"),
      about: t("set-up, data, rounds, charts, win rates, what changed most, and where each number comes from"),
    },
    h(Notice, {}, said(made?.error)),
    h(
      "div",
      { class: "setup last" },
      h(Button, { onClick: () => save(".html") }, t("Save as a web page")),
      h(Button, { onClick: () => save(".md") }, t("Save as Markdown")),
      made?.file &&
        h(
          "a",
          { href: `/gradio_api/file=${encodeURI(made.file)}`, download: "" },
          t("Download the report"),
        ),
    ),
  );
};

const Empty = () =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("Nothing measured yet")),
    h("p", { class: "for-annotators" }, t("Only an owner may measure models.")),
    h(
      "p",
      { class: "for-owners" },
      t("Choose models and press Evaluate. Each figure comes with its 95 % bootstrap interval and the number of answers."),
    ),
  );

/** @param {{models: number[], datasets: string[], evaluate: (asked: object) => Promise<void>}} props */
const Form = ({ models, datasets, evaluate }) => {
  const [touched, setTouched] = useState(/** @type {number[] | null} */ (null));
  const [dataset, setDataset] = useState("");
  const [part, setPart] = useState("all");
  const items = useTyped("40");
  const chosen = touched ?? [0, ...models.slice(0, 1)];
  const toggle = (/** @type {number} */ model) =>
    setTouched(chosen.includes(model) ? chosen.filter((one) => one !== model) : [...chosen, model]);
  return h(
    Card,
    {
      class: "for-owners spaced",
      title: t("Evaluate"),
      about: t("drafts and self-revisions against reference answers that nothing was trained on"),
    },
    h(
      "div",
      { class: "setup last" },
      [0, ...models.slice(0, 8)].map((model) =>
        h(Check, { key: model, checked: chosen.includes(model), onChange: () => toggle(model) }, modelName(model))
      ),
      h(MeasuredOn, { value: dataset, datasets, onChange: setDataset }),
      h(Select, { label: t("part"), value: part, onChange: setPart, options: measuredParts() }),
      h(NumberField, { label: t("at most"), most: 100_000, ...items.field }),
      h(
        Button,
        { main: true, onClick: () => evaluate({ models: chosen, dataset, part, items: items.number }) },
        t("Evaluate"),
      ),
    ),
  );
};
