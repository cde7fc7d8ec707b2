// @ts-check
// After a session: who won how often, and who wrote what.
import { Button, Card, Foreign, Scroll } from "../lib/parts.js";
import { number, percent, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{wins: number, ties: number, both_bad: number, losses: number, n: number, rate: number | null,
 *   low: number | null, high: number | null}} Rates */
/** @typedef {{model: string, against: string, rates: Record<string, Rates>}} Match */
/** @typedef {{pair: import("./arena_voting.js").Pair, names: import("./arena_voting.js").Names, prefer: string | null}} Shown */
/** @typedef {{session: import("./arena_voting.js").Session, matches: Match[],
 *   stood: {model: string, left: number, right: number}[], pairs: Shown[]}} RevealView */

/** @param {{shown: RevealView, onBack: () => void}} props */
export const Revealed = ({ shown, onBack }) =>
  h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "bar" },
      h(
        "b",
        { role: "status" },
        t("{n} of {all} pairs voted on", { n: shown.session.voted, all: shown.session.pairs }),
      ),
      h("span", { class: "grow" }),
      h(Button, { small: true, main: true, onClick: onBack }, t("Back to the arena")),
    ),
    shown.matches.length
      ? shown.matches.map((match) => h(Result, { key: `${match.model} ${match.against}`, match }))
      : h("div", { class: "nothing card" }, h("h2", {}, t("No votes in this session"))),
    h(Card, { title: t("Who wrote what") }, shown.pairs.map((one) => h(Named, { key: one.pair.pair, one }))),
    h(
      "p",
      { class: "soft small" },
      shown.stood.map((one) =>
        t("{model}: {left} on the left, {right} on the right.", { ...one, model: called(one.model) }) + " "
      ),
    ),
  );

/** @param {{match: Match}} props */
const Result = ({ match }) => {
  const aspects = Object.entries(match.rates).filter(([, rates]) => rates.n);
  const heads = [t("win rate"), t("95 % interval"), t("wins"), t("ties"), t("both bad"), t("losses")];
  return h(
    Card,
    { title: h(Foreign, { text: t("{model} against {other}", against(match)) }) },
    h(
      Scroll,
      { label: t("{model} against {other}", against(match)) },
      h(
        "table",
        { class: "plain" },
        h(
          "thead",
          {},
          h("tr", {}, h("td", {}), heads.map((head) => h("th", { key: head, scope: "col" }, head))),
        ),
        h(
          "tbody",
          {},
          aspects.map(([aspect, rates]) =>
            h(
              "tr",
              { key: aspect },
              h("th", { scope: "row" }, aspectName(aspect)),
              h("td", {}, percent(rates.rate)),
              h("td", {}, rates.low === null ? "–" : `${percent(rates.low)}–${percent(rates.high)}`),
              [rates.wins, rates.ties, rates.both_bad, rates.losses].map((n, i) => h("td", { key: i }, number(n))),
            )
          ),
        ),
      ),
    ),
  );
};

/** @param {{one: Shown}} props */
const Named = ({ one }) =>
  h(
    "details",
    { class: "arena-named" },
    h(
      "summary",
      {},
      h("span", { class: "num soft" }, one.pair.place),
      h(Foreign, { class: "grow", text: one.pair.instruction }),
      h("b", { dir: "auto" }, preferred(one)),
    ),
    h(
      "div",
      { class: "arena-pair" },
      h(
        "section",
        {},
        h(Foreign, { tag: "h3", text: called(one.names.left) }),
        h(Foreign, { tag: "p", text: one.pair.left }),
      ),
      h(
        "section",
        {},
        h(Foreign, { tag: "h3", text: called(one.names.right) }),
        h(Foreign, { tag: "p", text: one.pair.right }),
      ),
    ),
  );

const preferred = (/** @type {Shown} */ one) => {
  if (one.prefer === "left") return called(one.names.left);
  if (one.prefer === "right") return called(one.names.right);
  if (one.prefer === "tie") return t("tie");
  if (one.prefer === "both_bad") return t("both bad");
  return one.prefer === "skip" ? t("skipped") : t("no vote");
};

/** A model as pages name it. @param {string} name @returns {string} */
const called = (name) => said(name) ?? name;

const against = (/** @type {Match} */ match) => ({ model: called(match.model), other: called(match.against) });

const aspectName = (/** @type {string} */ aspect) =>
  ({
    overall: t("overall"),
    articulate: t("Articulate"),
    in_depth: t("In-depth"),
    comprehensive: t("Comprehensive"),
  })[aspect] ?? aspect;
