// @ts-check
// One model against another by one judge: in words, by aspect, and what the result can be trusted with.
import { Card, Foreign, Scroll } from "../lib/parts.js";
import { number, percent, said, t } from "../lib/shared.js";
import { h, useRef, useState } from "../lib/view.js";
import { aspectName, countName, interval, judgeName, outcomeName, ShareBar } from "./comparisons_names.js";
import { COUNTS, standing } from "./comparisons_rates.js";
import { Texts } from "./comparisons_texts.js";
import { Length, Trust } from "./comparisons_trust.js";

/** @typedef {import("./comparisons_rates.js").WinRate} WinRate */
/** @typedef {import("./comparisons_rates.js").Rate} Rate */
/** @typedef {{aspect: string, outcome: string | null}} Opened */
/** @typedef {(from: HTMLElement, aspect: string, outcome: string | null) => void} Open */

/** @param {{ask: import("../lib/view.js").Ask, one: WinRate, all: number}} props `all` instructions are in the test set. */
export const Match = ({ ask, one, all }) => {
  const trigger = useRef(/** @type {HTMLElement | null} */ (null));
  const [opened, setOpened] = useState(/** @type {Opened | null} */ (null));
  const open = (
    /** @type {HTMLElement} */ from,
    /** @type {string} */ aspect,
    /** @type {string | null} */ outcome,
  ) => {
    trigger.current = from;
    setOpened(opened?.aspect === aspect && opened.outcome === outcome ? null : { aspect, outcome });
  };
  const close = () => {
    setOpened(null);
    trigger.current?.focus();
  };
  return h(
    Card,
    {
      class: "match",
      title: h(Foreign, {
        text: t("{model} against {other}", { model: said(one.first.name), other: said(one.second.name) }),
      }),
      about: [
        h("span", { key: "by" }, t("judged by {judge}", { judge: judgeName(one) })),
        " · ",
        h("span", { key: "n" }, t("{n} of {all} instructions", { n: number(one.test_set.n), all: number(all) })),
        " ",
        one.source === "judge" && one.rubric && h("span", { key: "rubric", class: "chip" }, t("saw the rubric")),
        " ",
        one.source === "judge" && one.reference &&
        h("span", { key: "reference", class: "chip" }, t("saw an accepted answer")),
      ],
    },
    h("p", { class: "body" }, h("b", {}, inWords(one)), " ", h("span", { class: "soft small" }, ruled(one))),
    one.warnings.length || one.unasked
      ? h(
        "div",
        { class: "warnings" },
        one.warnings.map((warning) => h("p", { key: warning }, said(warning))),
        one.unasked
          ? h("p", {}, t("{n} instructions are not judged yet; compare again to go on.", { n: number(one.unasked) }))
          : null,
      )
      : null,
    h(Aspects, { one, opened, open }),
    opened && h(Texts, {
      key: JSON.stringify(opened),
      ask,
      one,
      aspect: opened.aspect,
      outcome: opened.outcome,
      onClose: close,
    }),
    h(Trust, { one }),
    h(Length, { one }),
  );
};

/** @param {WinRate} one */
const inWords = (one) => {
  const rate = one.rates.overall;
  const values = {
    model: said(one.first.name),
    other: said(one.second.name),
    rate: percent(rate.rate),
    interval: interval(rate),
    n: number(rate.n),
  };
  const how = standing(rate);
  if (how === "ahead") {
    return t("{model} wins more often than {other}: {rate} of {n}, 95 % interval {interval}.", values);
  }
  if (how === "behind") {
    return t(
      "{model} loses more often than it wins against {other}: it wins {rate} of {n}, 95 % interval {interval}.",
      values,
    );
  }
  if (rate.n && rate.low === null) {
    return rate.ties === rate.n ? t("Nobody wins: {n} ties of {n}.", values) : t("Nobody wins any of {n}.", values);
  }
  if (how === "unknown") return t("No valid comparison yet.");
  if (rate.n > 0 && rate.ties === rate.n) {
    return rate.n === 1
      ? t("No difference: {model} and {other} tie on the one instruction.", values)
      : t("No difference: {model} and {other} tie on all {n} instructions.", values);
  }
  const shown = one.smallest_difference === null ? "" : " " +
    t("{n} instructions can show a difference of {points} points.", {
      n: values.n,
      points: Math.ceil(100 * one.smallest_difference),
    });
  return t("No clear difference: {model} wins {rate} of {n}, and the 95 % interval {interval} holds 50 %.", values) +
    shown;
};

/** @param {WinRate} one */
const ruled = ({ rates: { overall } }) =>
  overall.identical + overall.empty
    ? t("Settled without the judge: {identical} with identical answers, {empty} with an empty one.", {
      identical: number(overall.identical),
      empty: number(overall.empty),
    })
    : "";

/** @param {{one: WinRate, opened: Opened | null, open: Open}} props */
const Aspects = ({ one, opened, open }) =>
  h(
    Scroll,
    { label: t("Win rate by aspect") },
    h(
      "table",
      { class: "plain rates" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", {}),
          [t("win rate"), t("95 % interval"), ...COUNTS.map(([count]) => countName(count)), t("valid"), t("bounds")]
            .map((name, i) => h("th", { key: name, scope: "col", colspan: i ? null : 2 }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        Object.entries(one.rates).map(([aspect, rate]) => h(Row, { key: aspect, aspect, rate, opened, open })),
      ),
    ),
  );

/** @param {{aspect: string, rate: Rate, opened: Opened | null, open: Open}} props */
const Row = ({ aspect, rate, opened, open }) => {
  const isOpen = (/** @type {string | null} */ outcome) => opened?.aspect === aspect && opened.outcome === outcome;
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h("button", {
        type: "button",
        class: "drill",
        "aria-expanded": isOpen(null),
        onclick: (/** @type {any} */ event) => open(event.currentTarget, aspect, null),
      }, aspectName(aspect)),
    ),
    h("td", { class: "wide" }, h(ShareBar, { mean: rate.rate, low: rate.low, high: rate.high })),
    h("td", {}, h("b", {}, percent(rate.rate))),
    h("td", {}, interval(rate) || "–"),
    COUNTS.map(([count, outcome]) =>
      h(
        "td",
        { key: count },
        rate[count]
          ? h("button", {
            type: "button",
            class: "drill",
            "aria-expanded": isOpen(outcome),
            "aria-label": t("{n} {outcome}, {aspect}", {
              n: Number(rate[count]),
              outcome: outcomeName(outcome),
              aspect: aspectName(aspect),
            }),
            onclick: (/** @type {any} */ event) => open(event.currentTarget, aspect, outcome),
          }, number(Number(rate[count])))
          : "0",
      )
    ),
    h("td", {}, number(rate.n)),
    h(
      "td",
      { title: t("if all inconsistent and invalid ones had been lost, and won") },
      rate.bounds ? `${percent(rate.bounds[0])}–${percent(rate.bounds[1])}` : "–",
    ),
  );
};
