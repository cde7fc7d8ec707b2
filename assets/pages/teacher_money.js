// @ts-check
// What the teachers cost, and the most that they may.
import { dollars } from "../lib/money.js";
import { Card, Foreign, Scroll } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useEdited } from "../lib/view.js";

/** @typedef {{calls: number, tokens_in: number, tokens_out: number, cost: number, unpriced: number}} Account */
/** @typedef {{limit: number | null, taken: number, teachers: {name: string, account: Account | null}[]}} Spending
 * In billionths of a dollar. */
/** @typedef {import("./teacher.js").Act} Act */

/** @param {{spending: Spending, act: Act}} props */
export const Money = ({ spending: { limit, taken, teachers }, act }) => {
  const asked = teachers.flatMap(({ name, account }) => account ? [{ name, account }] : []);
  return h(
    Card,
    { title: t("Cost"), about: t("a call is reserved against the limit before it is sent") },
    h(
      "div",
      { class: "figures" },
      h(Figure, { name: t("spent and reserved"), value: dollars(taken) }),
      h(Figure, { name: t("of at most"), value: limit === null ? t("no limit") : dollars(limit) }),
    ),
    limit !== null && h(Meter, { percent: spentOf(limit, taken) }),
    h(Limit, { limit, act }),
    asked.length > 0 && h(Scroll, { label: t("Cost") }, h(Accounts, { asked })),
  );
};

/** @param {{name: string, value: string}} props */
const Figure = ({ name, value }) => h("div", {}, h("span", {}, name), h("strong", {}, value));

/** How much of the limit is spent, in percent; of none nothing is. @param {number} limit @param {number} taken */
export const spentOf = (limit, taken) => limit ? Math.min(100, 100 * taken / limit) : 0;

/** @param {{percent: number}} props */
const Meter = ({ percent }) =>
  h(
    "div",
    { class: "body paid" },
    h(
      "div",
      {
        class: "meter",
        role: "meter",
        "aria-label": t("spent and reserved"),
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-valuenow": Math.round(percent),
      },
      h("i", { style: `width:${percent}%` }),
    ),
  );

/** @param {{limit: number | null, act: Act}} props */
const Limit = ({ limit, act }) => {
  const field = useEdited(limit === null ? "" : String(limit / 1e9));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (await act("set_limit", { dollars: field.value === "" ? null : Number(field.value) })) field.sent();
  };
  return h(
    "form",
    { class: "setup for-owners", onsubmit: save },
    h(
      "label",
      {},
      t("spending limit in dollars"),
      h("input", {
        type: "number",
        min: 0,
        step: "any",
        value: field.value,
        placeholder: t("none"),
        "aria-label": t("spending limit in dollars"),
        oninput: field.onInput,
      }),
    ),
    h("button", { class: "act small" }, t("Save")),
  );
};

/** @param {{asked: {name: string, account: Account}[]}} props */
const Accounts = ({ asked }) =>
  h(
    "table",
    { class: "plain" },
    h(
      "tr",
      {},
      [t("teacher"), t("calls"), t("tokens sent"), t("answered"), t("cost")].map((text) =>
        h("th", { key: text }, text)
      ),
    ),
    asked.map(({ name, account: { calls, tokens_in, tokens_out, cost, unpriced } }) =>
      h(
        "tr",
        { key: name },
        h("td", {}, h(Foreign, { text: name })),
        [calls, tokens_in, tokens_out].map((n, i) => h("td", { key: i }, number(n))),
        h(
          "td",
          {},
          unpriced === calls ? t("unknown") : dollars(cost),
          unpriced > 0 && unpriced < calls &&
            h("small", {}, ` ${t("+ {n} of unknown price", { n: number(unpriced) })}`),
        ),
      )
    ),
  );
