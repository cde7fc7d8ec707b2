// @ts-check
// A teacher makes the categories and rubrics of a data set: what to choose, what it will take, and how the data set is
// sorted. It shows what the store holds, so a reload shows the same.
import { Card, Notice } from "../lib/parts.js";
import { number, onCategories, onCounts, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useState } from "../lib/view.js";
import { Plot } from "./induction_plot.js";
import { Setup } from "./induction_setup.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {{name: string, members: number}} Sized A category and how many of the data set are its members. */
/** @typedef {{datasets: {name: string, rows: number}[], teachers: string[], most: number, highest: number, dataset: string,
 *   rows: number, running: boolean, categories: Sized[], sorted: number, other: number, is_much: boolean}} View */

/** @param {{ask: Ask}} props */
export default ({ ask }) => {
  const [wanted, setWanted] = useState(/** @type {string | null} */ (null));
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}} */ (
      useAsked(ask, "induction", wanted === null ? {} : { dataset: wanted })
    );
  const [refused, setRefused] = useState("");
  useEffect(() => onCounts(reload), []);
  useEffect(() => onCategories(reload), []);
  if (!view) return h("div", { class: "page induction" }, h(Notice, {}, said(error)));
  const dataset = wanted ?? view.dataset;
  const choose = (/** @type {string} */ name) => {
    setWanted(name);
    setRefused("");
  };
  const start = async (/** @type {object} */ asked) => {
    const answer = await ask("start_induction", asked);
    setRefused(answer.error ?? "");
    await reload();
  };
  const { sorted, rows, categories, teachers } = view;
  return h(
    "div",
    { class: "page induction" },
    h(Notice, {}, said(refused || error)),
    h(
      Card,
      {
        title: t("Categories of a data set"),
        about: categories.length > 0 &&
          t("{sorted} of {rows} sorted by a teacher or a person", { sorted: number(sorted), rows: number(rows) }),
        tools: teachers.length === 0 && h(Looked, { view, dataset, onChoose: choose }),
      },
      teachers.length === 0
        ? h(
          "p",
          { class: "body soft small for-owners" },
          t(
            "The reference teacher only knows the data set's answers; add a model on the Teacher page to have rubrics made.",
          ),
        )
        : h(Setup, { ask, view, dataset, onChoose: choose, onStart: start }),
      h(Plot, { key: view.dataset, ask, view }),
    ),
  );
};

/**
 * The data set to look at, for those who cannot start anything.
 * @param {{view: View, dataset: string, onChoose: (name: string) => void}} props
 */
const Looked = ({ view, dataset, onChoose }) =>
  h(
    "select",
    {
      "aria-label": t("data set"),
      value: dataset,
      onchange: (/** @type {any} */ event) => onChoose(event.target.value),
    },
    view.datasets.map(({ name }) => h("option", { key: name, value: name }, name)),
  );
