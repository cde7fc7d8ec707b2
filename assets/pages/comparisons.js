// @ts-check
// The Comparisons page: what to compare, what was compared, and all models on one scale.
import { Notice, Select } from "../lib/parts.js";
import { measuredOn, number, said, t } from "../lib/shared.js";
import { EvaluateNav } from "../lib/subnav.js";
import { h, useAsked, useEffect, useState } from "../lib/view.js";
import { Form } from "./comparisons_form.js";
import { Match } from "./comparisons_match.js";
import { Ratings } from "./comparisons_ratings.js";
import { judgeOf } from "./comparisons_rates.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {import("./comparisons_rates.js").WinRate} WinRate */
/** @typedef {{hash: string, name: string, n: number}} TestSet */
/** @typedef {{name: string, has_model: boolean, teaches: boolean}} Judge */
/** @typedef {{judges: Judge[], test_sets: TestSet[], test_set: string | null, win_rates: WinRate[],
 *   may_compare: boolean, models: number[], datasets: string[], closeness: Record<string, string>}} View */

/** @param {{ask: Ask}} props */
export default ({ ask }) => {
  const [asked, setAsked] = useState({ test_set: "", answer: "draft" });
  // What was just begun is shown as soon as its test set is known: the first time, it is frozen only then.
  const [begun, setBegun] = useState(/** @type {{test_set: string, answer: string} | null} */ (null));
  const { answer: view, error, isAsking } =
    /** @type {{answer: View | null, error: string | null, isAsking: boolean}} */ (useAsked(ask, "comparisons", asked));
  useEffect(() => {
    if (!begun || !view?.test_sets.some((one) => one.hash === begun.test_set)) return;
    setAsked(begun);
    setBegun(null);
  }, [begun, view]);
  return h(
    "div",
    { class: "page comparisons" },
    h(EvaluateNav, { active: "/comparisons" }),
    h(Notice, {}, said(error)),
    view?.may_compare && view.models.length > 0 && h(Form, { ask, view, onCompare: setBegun }),
    view?.test_set && h(Shown, { view, asked, onAsked: setAsked }),
    view && h(
      "div",
      { "aria-busy": isAsking, class: "stack" },
      view.win_rates.map((one) =>
        h(Match, { key: JSON.stringify([one.first.key, one.second.key, judgeOf(one)]), ask, one, all: sizeOf(view) })
      ),
      view.win_rates.length ? h(Ratings, { ask, rates: view.win_rates }) : h(Empty, { view }),
    ),
  );
};

/** How many instructions the chosen test set has. @param {View} view */
const sizeOf = (view) => view.test_sets.find((one) => one.hash === view.test_set)?.n ?? 0;

/** @param {{view: View, asked: {test_set: string, answer: string}, onAsked: (asked: any) => void}} props */
const Shown = ({ view, asked, onAsked }) =>
  h(
    "div",
    { class: "bar shown", role: "group", "aria-label": t("Results") },
    h("h2", {}, t("Results")),
    h(Select, {
      label: t("compared on"),
      value: view.test_set ?? "",
      onChange: (test_set) => onAsked({ ...asked, test_set }),
      options: view.test_sets.map(({ hash, name, n }) => [
        hash,
        t("{name}, {n} instructions ({hash})", { name: measuredOn(name), n: number(n), hash: hash.slice(0, 12) }),
      ]),
    }),
    h(Select, {
      label: t("answers to compare"),
      value: asked.answer,
      onChange: (answer) => onAsked({ ...asked, answer }),
      options: [["draft", t("drafts")], ["self-revision", t("self-revisions")]],
    }),
  );

/** @param {{view: View}} props */
const Empty = ({ view }) =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, view.test_set ? t("Nothing compared on this test set") : t("Nothing compared yet")),
    h(
      "p",
      {},
      t("A judge reads two models' answers to the same instruction, in both orders, and says which is better."),
    ),
    h(
      "p",
      {},
      !view.may_compare
        ? t("Only an owner may compare models.")
        : view.models.length
        ? t("Choose a model and press Compare. “reference” needs no key.")
        : t("Train a round first: it is then compared with the base model."),
    ),
    view.may_compare && !view.models.length && h("a", { class: "act main", href: "/rounds" }, t("Rounds")),
  );
