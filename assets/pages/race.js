// @ts-check
// The Race page: the form that starts a race, and every race with its runs and its tables.
import { Notice } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { RoundsNav } from "../lib/subnav.js";
import { h, useAnswer } from "../lib/view.js";
import { Form } from "./race_form.js";
import { RaceCard } from "./race_one.js";

/** @typedef {{races: {id: number, state: string}[], parents: number[], datasets: string[], judges: string[],
 *   rewards: string[], available: number}} View */
const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask, given: import("./race_words.js").Given}} props */
export default ({ ask, given }) => {
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "races", NOTHING, () => false)
    );
  const isUnder = view?.races.some(({ state }) => ["running", "paused"].includes(state));
  return h(
    "div",
    { class: "page race" },
    h(RoundsNav, { active: "/race" }),
    h(Notice, {}, said(error)),
    view && h(
      "div",
      { class: "stack" },
      !isUnder && view.available > 0 && h(Form, { ask, view, given, onStart: reload }),
      !view.races.length && h(Empty, { view }),
      view.races.map(({ id, state }, i) =>
        h(RaceCard, { key: id, ask, race: id, state, given, isNewest: i === 0, onChange: reload })
      ),
    ),
  );
};

/** @param {{view: View}} props */
const Empty = ({ view }) =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, view.available ? t("No race yet") : t("Nothing to learn yet")),
    h(
      "p",
      {},
      t("A race trains kinds of round on the same instructions within one budget, and says which is better, and how sure."),
    ),
    h("p", { class: "for-annotators" }, t("Only an owner may start a race.")),
    view.available ? h("p", { class: "for-owners" }, t("Choose methods and press Start the race.")) : h(
      "p",
      { class: "for-owners" },
      t("The methods need instructions with reference answers: import a data set that has some."),
    ),
    !view.available && h("a", { class: "act main for-owners", href: "/data" }, t("Import data")),
  );
