// @ts-check
// The texts behind a figure: two models' answers side by side, those that fall behind most first.
import { Button, Foreign, Notice, Select, Turns } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useEffect, useState } from "../lib/view.js";
import { signed, three } from "./evaluate_words.js";

/** @typedef {import("./evaluate_figures.js").Figure} Figure */
/** @typedef {import("../lib/view.js").Ask} Ask */
/**
 * @typedef {object} TextRow `parts` lead from `theirs` to `mine`: a stretch of both texts each.
 * @property {string} hash @property {import("../lib/parts.js").Turn[]} turns
 * @property {string} instruction @property {string} input @property {string[]} accepted
 * @property {string | null} category @property {string} mine @property {string | null} theirs
 * @property {number} value @property {number | null} other @property {number | null} gain
 * @property {[string, string][]} parts
 */

const PAGE = 10;

/**
 * `mine` names the model; `others` are what its answers can be set against, each with its name: keys of models, or their
 * own drafts.
 * @param {{ask: Ask, figure: Figure, mine: string, others: [string, string][]}} props
 */
export const Texts = ({ ask, figure, mine, others }) => {
  const [against, setAgainst] = useState(others[0]?.[0] ?? "");
  const [worst, setWorst] = useState(true);
  const [rows, setRows] = useState(/** @type {TextRow[]} */ ([]));
  const [n, setN] = useState(0);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const load = async (/** @type {number} */ place, /** @type {() => boolean} */ isWanted = () => true) => {
    const { key: model, test_set, answer: kind, metric } = figure;
    const found = await ask("texts", { test_set, model, kind, metric, against, worst, place, limit: PAGE });
    if (!isWanted()) return;
    setError(found.error ?? null);
    if (found.error) return;
    setN(found.n);
    setRows((shown) => place ? [...shown, ...found.rows] : found.rows);
  };
  useEffect(() => {
    let wanted = true;
    load(0, () => wanted);
    return () => {
      wanted = false;
    };
  }, [against, worst, figure.key, figure.test_set, figure.metric, figure.answer]);
  return h(
    "div",
    { class: "texts-behind" },
    h(
      "div",
      { class: "setup last" },
      h(Select, {
        label: t("set against"),
        value: against,
        onChange: setAgainst,
        options: [...others, ["", t("nothing")]],
      }),
      h(Select, {
        label: t("order"),
        value: worst ? "worst" : "best",
        onChange: (value) => setWorst(value === "worst"),
        options: [["worst", t("worst first")], ["best", t("best first")]],
      }),
    ),
    h(Notice, {}, said(error)),
    rows.map((row) => h(Row, { key: row.hash, row, mine, theirs: others.find(([key]) => key === against)?.[1] ?? "" })),
    rows.length < n &&
      h(
        Button,
        { small: true, onClick: () => load(rows.length) },
        t("Show more ({n} left)", {
          n: number(n - rows.length),
        }),
      ),
  );
};

/** @param {{row: TextRow, mine: string, theirs: string}} props */
const Row = ({ row, mine, theirs }) =>
  h(
    "article",
    { class: "pair-of-texts" },
    h(
      "h3",
      {},
      h("span", { class: "num chip" }, row.gain === null ? three(row.value) : signed(row.gain)),
      h(Foreign, { text: row.input ? `${row.instruction}\n${row.input}` : row.instruction, class: "said" }),
    ),
    h(Turns, { turns: row.turns }),
    h(
      "div",
      { class: row.theirs === null ? "texts one" : "texts" },
      row.theirs !== null && h(Side, { title: theirs, value: row.other, row, place: 0 }),
      h(Side, { title: mine, value: row.value, row, place: 1 }),
    ),
    row.accepted.length > 0 && h(
      "details",
      { class: "small" },
      h("summary", {}, t("Accepted answers")),
      row.accepted.map((text, i) => h(Foreign, { key: i, text, tag: "p", class: "said" })),
    ),
  );

/**
 * One of the two texts with what only it has marked.
 * @param {{title: string, value: number | null, row: TextRow, place: 0 | 1}} props
 */
const Side = ({ title, value, row, place }) =>
  h(
    "div",
    {},
    h("h4", {}, title, h("small", {}, ` ${three(value)}`)),
    h(
      "p",
      { class: "said", dir: "auto", lang: "" },
      row.parts.length
        ? row.parts.map((part, i) =>
          part[place] &&
          h(Foreign, { key: i, text: part[place], tag: part[0] === part[1] ? "span" : place ? "ins" : "del" })
        )
        : h(Foreign, { text: row.mine }),
    ),
  );
