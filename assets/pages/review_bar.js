// @ts-check
// Above the cards: which items come, how many wait, and what is known of the one that is shown.
import { number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Chips } from "./review_chips.js";
import { queues } from "./review_names.js";

/** @typedef {import("./review_desk.js").Desk} Desk */

/**
 * @param {{desk: Desk, only: string | null, onOrder: (order: string) => void}} props `only`: the filter in words.
 */
export const Bar = ({ desk, only, onOrder }) => {
  const { item, decided } = desk;
  const { counts, order } = desk.queue;
  const total = decided + counts.waiting;
  return h(
    "div",
    { class: "bar" },
    only === null ? h(Orders, { order, onOrder }) : h(Only, { filter: only }),
    only === null && [
      h("span", { class: "num" }, t("{n} waiting", { n: number(counts.waiting) })),
      counts.disputed > 0 && h("span", { class: "num" }, t("{n} disputed", { n: number(counts.disputed) })),
      total > 0 && h(Meter, { percent: (100 * decided) / total }),
    ],
    h("span", { class: "num" }, t("{n} accepted", { n: number(counts.accepted) })),
    h("span", { class: "grow" }),
    item && [h(Chips, { item }), h(Place, { desk, item })],
  );
};

/** @param {{filter: string}} props */
const Only = ({ filter }) => {
  const label = t("Review everything");
  return h(
    "span",
    { class: "chip only" },
    t("only: {filter}", { filter: filter || t("all items") }),
    h("a", { href: "/", title: label, "aria-label": label }, "✕"),
  );
};

/** @param {{order: string, onOrder: (order: string) => void}} props */
const Orders = ({ order, onOrder }) =>
  h(
    "select",
    {
      class: "queues",
      "aria-label": t("Which items come first"),
      value: order,
      onchange: (/** @type {any} */ event) => onOrder(event.target.value),
    },
    queues().map(([value, label]) => h("option", { key: value, value }, label)),
  );

/** @param {{percent: number}} props */
const Meter = ({ percent }) => {
  const label = t("Decided in this visit");
  const values = { "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.round(percent) };
  return h(
    "div",
    { class: "meter", role: "progressbar", title: label, "aria-label": label, ...values },
    h("i", { style: `width:${percent}%` }),
  );
};

/** @param {{desk: Desk, item: import("./review_item.js").Item}} props */
const Place = ({ desk, item }) => {
  const step = (/** @type {string} */ sign, /** @type {string} */ label, /** @type {1 | -1} */ by) =>
    h(
      "button",
      { class: "icon", title: `${label} (${sign})`, "aria-label": label, onclick: () => desk.move(by) },
      sign,
    );
  return h(
    "span",
    { class: "together" },
    h(
      "a",
      { class: "soft num", href: `/?item=${item.id}`, title: t("The address of this item") },
      t("item {n}", { n: item.id }),
    ),
    step("←", t("previous item"), -1),
    step("→", t("next item"), 1),
  );
};
