// @ts-check
// How far people agree, whose revisions they took, and on what they disagree.
import { Card, Foreign, Scroll } from "../lib/parts.js";
import { number, percent, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { RateTold, Single, verdicts } from "./insights_bars.js";

/** @typedef {{n: number, share: number | null, coefficient: number | null, why: string | null}} Agreed */
/** @typedef {{everyone: Agreed | null, pairs: (Agreed & {people: string[]})[]}} Agreements */
/** @typedef {{teacher: string, n: number, rate: import("./insights_bars.js").Rate}} Preference */
/** @typedef {{item: number, instruction: string, verdicts: {annotator: string, verdict: string}[]}} Disagreement */

const LONGEST = 160; // where the server cuts an instruction off

/** @param {{agreement: Agreements}} props */
export const Agreement = ({ agreement: { everyone, pairs } }) => {
  const lines = [
    ...(everyone ? [{ label: t("everyone"), one: everyone, symbol: "α" }] : []),
    ...pairs.map((one) => ({ label: one.people.join(" – "), one, symbol: "κ" })),
  ];
  return h(
    Card,
    { title: t("Agreement"), about: t("on accepted as it is, edited, rejected") },
    lines.length
      ? [
        h(
          Scroll,
          { label: t("Agreement") },
          h(
            "table",
            { class: "plain" },
            h(Heads, { texts: [t("people"), t("in common"), t("same verdict"), t("beyond chance")] }),
            h("tbody", {}, lines.map((line) => h(Line, { key: line.label, ...line }))),
          ),
        ),
        h(
          "p",
          { class: "body soft small" },
          t("κ is Cohen's for two people, α Krippendorff's for more: 1 is full agreement, 0 what chance gives."),
        ),
      ]
      : h(
        "div",
        { class: "body soft small" },
        t("Agreement shows once two people have decided the same items."),
        " ",
        t("An owner says below for which share of a data set several people are asked."),
      ),
  );
};

/** @param {{label: string, one: Agreed, symbol: string}} props */
const Line = ({ label, one: { n, share, coefficient, why }, symbol }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row", dir: "auto", lang: "" }, label),
    h("td", {}, number(n)),
    h("td", {}, percent(share)),
    coefficient === null
      ? h("td", { class: "why" }, said(why))
      : h("td", {}, `${symbol} = ${coefficient.toFixed(2).replace("-", "−")}`),
  );

/** @param {{preferences: Preference[]}} props */
export const Preferences = ({ preferences }) =>
  preferences.length === 0 ? null : h(
    Card,
    { title: t("Teachers beside each other"), about: t("whose revision was taken, where several had revised") },
    h(
      Scroll,
      { label: t("Teachers beside each other") },
      h(
        "table",
        { class: "plain insights" },
        h(Heads, { texts: [t("teacher"), t("taken"), t("items")], left: 1 }),
        h(
          "tbody",
          {},
          preferences.map(({ teacher, n, rate }) =>
            h(
              "tr",
              { key: teacher },
              h("th", { scope: "row", dir: "auto", lang: "" }, teacher),
              h(
                "td",
                { class: "left wide" },
                h(Single, { value: rate.share, most: 1 }),
                h("b", {}, h(RateTold, { rate })),
              ),
              h("td", { class: "num", "data-label": t("items") }, number(n)),
            )
          ),
        ),
      ),
    ),
  );

/** @param {{texts: string[], left?: number}} props `left` is the column that begins at the left. */
const Heads = ({ texts, left }) =>
  h(
    "thead",
    {},
    h(
      "tr",
      {},
      texts.map((text, i) => h("th", { key: i, scope: "col", class: i === left ? "left" : undefined }, text)),
    ),
  );

/** @param {{disagreements: Disagreement[]}} props */
export const Disagreements = ({ disagreements }) => {
  const words = Object.fromEntries(verdicts());
  return h(
    Card,
    {
      title: t("Disagreements"),
      about: disagreements.length > 0 && h("span", { class: "num" }, disagreements.length),
      tools: disagreements.length > 0 &&
        h("a", { class: "act small", href: "/?queue=disputed" }, t("Settle them")),
    },
    disagreements.length
      ? h(
        "ul",
        { class: "disputes" },
        disagreements.map(({ item, instruction, verdicts }) =>
          h(
            "li",
            { key: item },
            h("a", { href: `/?queue=disputed&item=${item}` }, t("item {n}", { n: item })),
            h(Foreign, { text: instruction.length >= LONGEST ? `${instruction}…` : instruction }),
            h("small", {}, verdicts.map(({ annotator, verdict }) => `${annotator}: ${words[verdict]}`).join(" · ")),
          )
        ),
      )
      : h(
        "div",
        { class: "body soft small" },
        t("Items on which people disagree appear here until somebody settles them."),
      ),
  );
};
