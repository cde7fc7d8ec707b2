// @ts-check
// The comparisons behind a count: both answers by name, and what the judge said in each order, the worst first.
import { Button, Foreign, Notice, Select, Turns } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useRef, useState } from "../lib/view.js";
import { aspectName, outcomeName } from "./comparisons_names.js";
import { COUNTS, judgeOf } from "./comparisons_rates.js";

/** @typedef {import("./comparisons_rates.js").WinRate} WinRate */
/** @typedef {{shown_first: "first" | "second", outcome: string, chosen: Record<string, string>, reason: string | null,
 *   is_quoted: boolean}} Order */
/** @typedef {{hash: string, turns: import("../lib/parts.js").Turn[], instruction: string, input: string, first: string,
 *   second: string, outcomes: Record<string, string> | null, orders: Order[]}} Text */
const AT_ONCE = 5;

/**
 * @param {{ask: import("../lib/view.js").Ask, one: WinRate, aspect: string, outcome: string | null,
 *   onClose: () => void}} props
 */
export const Texts = ({ ask, one, aspect, outcome: opened, onClose }) => {
  const [outcome, setOutcome] = useState(opened);
  const [place, setPlace] = useState(0);
  const top = useRef(/** @type {HTMLElement | null} */ (null));
  const { answer, error } = /** @type {{answer: {n: number, rows: Text[]} | null, error: string | null}} */ (
    useAsked(ask, "comparison_texts", {
      ...judgeOf(one),
      first: one.first.key,
      second: one.second.key,
      aspect,
      outcome,
      place,
      limit: AT_ONCE,
    })
  );
  useEffect(() => {
    top.current?.focus();
  }, []);
  const turn = (/** @type {number} */ to) => {
    setPlace(to);
    top.current?.focus();
  };
  const title = t("Comparisons behind “{aspect}”, the worst first", { aspect: aspectName(aspect) });
  return h(
    "section",
    { class: "behind", ref: top, tabindex: -1, "aria-label": title },
    h(
      "div",
      { class: "tool" },
      h("b", {}, title),
      h(Select, {
        label: t("show"),
        value: outcome ?? "",
        onChange: (chosen) => {
          setOutcome(chosen || null);
          setPlace(0);
        },
        options: [
          ["", t("all")],
          ...COUNTS.map(([, name]) => /** @type {[string, string]} */ ([name, outcomeName(name)])),
        ],
      }),
      h("span", { class: "grow" }),
      h(Button, { small: true, onClick: onClose }, t("Close")),
    ),
    h(Notice, {}, said(error)),
    answer?.rows.map((row) => h(Compared, { key: row.hash, row, one, aspect })),
    answer && !answer.n ? h("p", { class: "body soft" }, t("There are none.")) : null,
    answer && answer.n > AT_ONCE ? h(Pager, { n: answer.n, place, onPlace: turn }) : null,
  );
};

/** @param {{n: number, place: number, onPlace: (place: number) => void}} props */
const Pager = ({ n, place, onPlace }) =>
  h(
    "div",
    { class: "tool" },
    h(Button, { small: true, disabled: !place, onClick: () => onPlace(Math.max(0, place - AT_ONCE)) }, t("Previous")),
    h(
      "span",
      { role: "status" },
      t("{from}–{to} of {n}", { from: number(place + 1), to: number(Math.min(n, place + AT_ONCE)), n: number(n) }),
    ),
    h(Button, { small: true, disabled: place + AT_ONCE >= n, onClick: () => onPlace(place + AT_ONCE) }, t("Next")),
  );

/** @param {{row: Text, one: WinRate, aspect: string}} props */
const Compared = ({ row, one, aspect }) => {
  const names = { first: said(one.first.name) ?? "", second: said(one.second.name) ?? "" };
  return h(
    "article",
    { class: "compared" },
    h(
      "h3",
      {},
      h("span", { class: "chip" }, row.outcomes ? outcomeName(row.outcomes[aspect]) : t("not judged yet")),
      " ",
      h(Foreign, { text: row.instruction }),
    ),
    h(Turns, { turns: row.turns }),
    row.input && h(Foreign, { tag: "p", class: "task-input", text: row.input }),
    h(
      "div",
      { class: "arena-pair", tabindex: 0, role: "group", "aria-label": t("The two answers") },
      h(Answer, { name: names.first, text: row.first }),
      h(Answer, { name: names.second, text: row.second }),
    ),
    h("ul", { class: "orders" }, row.orders.map((order) => h(Said, { key: order.shown_first, order, names }))),
  );
};

/** @param {{name: string, text: string}} props */
const Answer = ({ name, text }) =>
  h(
    "section",
    {},
    h("h4", {}, h(Foreign, { text: name })),
    text.trim() ? h(Foreign, { tag: "p", text }) : h("p", { class: "soft" }, t("(empty)")),
  );

/** @param {{order: Order, names: {first: string, second: string}}} props */
const Said = ({ order, names }) =>
  h(
    "li",
    {},
    h("p", { class: "soft" }, t("With {model} shown first, as A:", { model: names[order.shown_first] })),
    order.outcome === "ok"
      ? h(
        "p",
        { class: "chosen" },
        Object.entries(order.chosen).map(([aspect, whom]) =>
          h("span", { key: aspect }, aspectName(aspect), " ", h("b", { dir: "auto" }, whomName(whom, names)))
        ),
      )
      : h("p", { class: "chosen" }, h("b", {}, t("no readable reply"))),
    order.reason &&
      (order.is_quoted ? h(Foreign, { tag: "blockquote", text: order.reason }) : h("p", {}, said(order.reason))),
  );

/** @param {string} whom @param {{first: string, second: string}} names */
const whomName = (whom, names) =>
  whom === "first" || whom === "second" ? names[whom] : whom === "tie" ? t("tie") : t("both bad");
