// @ts-check
// What a win rate can be trusted with: the judge's habits beside people's, and the length of the answers.
import { Scroll } from "../lib/parts.js";
import { number, percent, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { interval, ShareBar } from "./comparisons_names.js";
import { signed } from "./comparisons_rates.js";
import { replyName } from "./reply_names.js";

/** @typedef {import("./comparisons_rates.js").WinRate} WinRate */
/** @typedef {import("./comparisons_rates.js").Estimate} Estimate */

/** @param {{title: string, children?: import("../lib/view.js").Child}} props */
const Fold = ({ title, children }) => h("details", { class: "fold" }, h("summary", {}, title), children);

/** @param {{one: WinRate}} props */
export const Trust = ({ one: { trust, source, replies } }) =>
  h(
    Fold,
    { title: t("Can this judge be trusted?") },
    source === "reference" &&
      h(
        "p",
        { class: "body" },
        t("This judge measures closeness to an accepted answer: it can't tell a good answer that differs from it."),
      ),
    h(Table, {
      label: t("Can this judge be trusted?"),
      heads: [t("the judge"), t("95 % interval"), "n", t("people"), t("a fair judge")],
      rows: [
        [t("inconsistent between the two orders"), ...shares(trust.inconsistent), "–", percent(0)],
        [t("first place chosen"), ...shares(trust.first_place), withN(trust.people_first_place), percent(0.5)],
        [t("longer answer wins"), ...shares(trust.longer_wins), withN(trust.people_longer_wins), t("as people")],
        [t("invalid replies"), ...shares(trust.invalid), "–", percent(0)],
        [t("agreement with people (κ)"), ...kappa(trust.agreement), "–", "1"],
      ],
    }),
    unreadable(replies) &&
      h("p", { class: "body soft" }, t("Replies that could not be read: {counts}.", { counts: unreadable(replies) })),
    !trust.agreement.n &&
      h(
        "p",
        { class: "body soft" },
        t("No person has voted on these comparisons."),
        " ",
        h("a", { href: "/arena" }, t("Vote in the arena")),
      ),
  );

/** Why replies are invalid, and how many. @param {Record<string, number>} replies */
const unreadable = ({ ok: _, ...others }) =>
  Object.entries(others).map(([outcome, n]) => `${replyName(outcome)} ${number(n)}`).join(", ");

/** @param {Estimate} of */
const shares = (of) => [percent(of.mean), interval(of) || "–", number(of.n)];

/** @param {Estimate} of */
const withN = (of) => of.mean === null ? "–" : t("{share} of {n}", { share: percent(of.mean), n: number(of.n) });

/** @param {Estimate} of */
const kappa = ({ mean, low, high, n }) => [
  mean === null ? "–" : mean.toFixed(2),
  low === null || high === null ? "–" : `${low.toFixed(2)}–${high.toFixed(2)}`,
  number(n),
];

/** @param {{one: WinRate}} props */
export const Length = ({ one }) => {
  const { thirds, controlled } = one.lengths;
  return h(
    Fold,
    { title: t("Do longer answers win?") },
    h(Table, {
      label: t("Win rate by length"),
      heads: [t("win rate"), "", t("95 % interval"), "n"],
      rows: [
        ...thirds.map((third, i) => [
          [THIRDS()[i], " ", h("small", { class: "soft" }, reach(third))],
          h(ShareBar, { mean: third.rate.rate, low: third.rate.low, high: third.rate.high }),
          percent(third.rate.rate),
          interval(third.rate) || "–",
          number(third.rate.n),
        ]),
        [
          t("at equal length (no difficulty term)"),
          h(ShareBar, controlled),
          percent(controlled.mean),
          interval(controlled) || "–",
          number(controlled.n),
        ],
      ],
    }),
    h(
      "p",
      { class: "body soft small" },
      t("The rate at equal length has no difficulty term, so it is not AlpacaEval's number."),
      " ",
      t("Where answers are hardly ever equally long it is an extrapolation: look at the thirds first."),
    ),
  );
};

const THIRDS = () => [t("where the answer is shortest beside the other"), t("in between"), t("where it is longest")];

const reach = (/** @type {{shortest: number | null, longest: number | null}} */ { shortest, longest }) =>
  shortest === null || longest === null
    ? ""
    : t("{low} to {high} characters", { low: signed(shortest), high: signed(longest) });

/** @param {{label: string, heads: string[], rows: import("../lib/view.js").Child[][]}} props */
const Table = ({ label, heads, rows }) =>
  h(
    Scroll,
    { label },
    h(
      "table",
      { class: "plain trust" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", {}),
          heads.map((head, i) => head ? h("th", { key: i, scope: "col" }, head) : h("td", { key: i })),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map(([name, ...cells], i) =>
          h("tr", { key: i }, h("th", { scope: "row" }, name), cells.map((cell, j) => h("td", { key: j }, cell)))
        ),
      ),
    ),
  );
