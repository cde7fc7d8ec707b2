// @ts-check
// All models that one judge compared, on one scale.
import { Button, Card, Foreign, Notice, Scroll, Select } from "../lib/parts.js";
import { number, percent, said, t } from "../lib/shared.js";
import { h, useAsked, useState } from "../lib/view.js";
import { interval, judgeName, ShareBar } from "./comparisons_names.js";
import { judgeOf, judges } from "./comparisons_rates.js";

/** @typedef {import("./comparisons_rates.js").WinRate} WinRate */
/** @typedef {{name: string, games: number, beats_anchor: number | null, low: number | null, high: number | null,
 *   why: string}} Rating */
/** @typedef {{anchor: string, n: number, ratings: Rating[]}} RatingsView */

/** @param {{ask: import("../lib/view.js").Ask, rates: WinRate[]}} props */
export const Ratings = ({ ask, rates }) => {
  const known = judges(rates);
  const keys = known.map((one) => JSON.stringify(judgeOf(one)));
  const [wanted, setWanted] = useState("");
  const [isOpen, setOpen] = useState(false);
  const at = Math.max(0, keys.indexOf(wanted));
  const { answer, error, isAsking } =
    /** @type {{answer: RatingsView | null, error: string | null, isAsking: boolean}} */ (
      useAsked(ask, "ratings", isOpen ? judgeOf(known[at]) : null)
    );
  return h(
    Card,
    { title: t("Ratings"), about: t("all models on one scale, by what one judge said overall") },
    h(
      "div",
      { class: "tool" },
      h(Select, {
        label: t("judge"),
        value: keys[at],
        onChange: setWanted,
        options: known.map((
          one,
          i,
        ) => [
          keys[i],
          [
            judgeName(one),
            one.rubric && one.source === "judge" ? t("saw the rubric") : "",
            one.reference && one.source === "judge" ? t("saw an accepted answer") : "",
          ].filter(Boolean).join(", "),
        ]),
      }),
      !isOpen && h(Button, { small: true, onClick: () => setOpen(true) }, t("Rate all models")),
      isAsking && h("span", { role: "status" }, t("Rating …")),
    ),
    h(Notice, {}, said(error)),
    isOpen && answer ? h(Rated, { answer }) : null,
  );
};

/** @param {{answer: RatingsView}} props */
const Rated = ({ answer }) => {
  const title = t("probability to beat {model}", { model: said(answer.anchor) });
  return h(
    "div",
    {},
    h(
      Scroll,
      { label: t("Ratings") },
      h(
        "table",
        { class: "plain rates few" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("td", {}),
            [title, t("95 % interval"), t("comparisons")].map((head, i) =>
              h("th", { key: head, scope: "col", colspan: i ? null : 2 }, head)
            ),
          ),
        ),
        h(
          "tbody",
          {},
          answer.ratings.map((one) => h(Row, { key: one.name, one, isAnchor: one.name === answer.anchor })),
        ),
      ),
    ),
    h(
      "p",
      { class: "body soft small" },
      t("Bradley–Terry over {n} instructions; the interval draws instructions anew.", { n: number(answer.n) }),
    ),
  );
};

/** @param {{one: Rating, isAnchor: boolean}} props */
const Row = ({ one, isAnchor }) =>
  h(
    "tr",
    {},
    h("th", { scope: "row" }, h(Foreign, { text: said(one.name) ?? "" })),
    one.beats_anchor === null
      ? h("td", { class: "why left", colspan: 3 }, t("not rateable: {why}", { why: said(one.why) }))
      : [
        h(
          "td",
          { key: "bar", class: "wide" },
          h(
            ShareBar,
            isAnchor ? { mean: 0.5, low: null, high: null } : { mean: one.beats_anchor, low: one.low, high: one.high },
          ),
        ),
        h("td", { key: "share" }, isAnchor ? t("the anchor") : h("b", {}, percent(one.beats_anchor))),
        h("td", { key: "interval" }, isAnchor ? "–" : interval(one) || "–"),
      ],
    h("td", {}, number(one.games)),
  );
