// @ts-check
// What stands above and below Browse's rows: the place in the list, what can be done with it, and its pages.
import { wholeList } from "../lib/browse_address.js";
import { Button } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {import("./browse_list.js").Listed} Listed */
/** @typedef {import("./browse_bulk.js").Kind} Kind */

const PAGE = 50;

/**
 * What is decided is what is ticked, or without `ticks` all that waits.
 * @param {{list: Listed, ticks: number, onDecide: (kind: Kind) => void, onUntick: () => void}} props
 */
export const Tools = ({ list, ticks, onDecide, onUntick }) => {
  const { where: { place }, page: { rows }, isBusy } = list;
  const waiting = list.counts?.waiting ?? 0;
  const reading = place.text ? t("Searching …") : t("Reading …");
  return h(
    "div",
    { class: "bar" },
    h("span", { class: "num place", role: "status" }, isBusy ? reading : shown(list)),
    h("span", { class: "grow" }),
    rows?.length && !isBusy
      ? h("a", { class: "act small for-owners", href: `/data?export=browse&${exported(place)}` }, t("Export these"))
      : null,
    waiting > 0 && !isBusy &&
      h("a", { class: "act small", href: `/?in=1&${wholeList(place)}` }, t("Review these {n}", { n: number(waiting) })),
    ticks > 0 && h(OnTicked, { ticks, isBusy, onDecide, onUntick }),
    !ticks && waiting > 0 && !isBusy && h(OnAll, { waiting, onDecide }),
  );
};

/** @param {import("../lib/browse_address.js").Place} place */
const exported = (place) => wholeList({ ...place, sort: "newest" });

/** @param {{waiting: number, onDecide: (kind: Kind) => void}} props */
const OnAll = ({ waiting, onDecide }) => {
  const n = number(waiting);
  return [
    h(All, { key: "accept", kind: "accept", onDecide }, t("Accept all {n} waiting", { n })),
    h(All, { key: "reject", kind: "reject", onDecide }, t("Reject all {n} waiting", { n })),
  ];
};

/** @param {{kind: Kind, onDecide: (kind: Kind) => void, children?: import("../lib/view.js").Child}} props */
const All = ({ kind, onDecide, children }) =>
  h("button", {
    type: "button",
    class: "act small",
    "data-all": kind,
    onclick: (/** @type {MouseEvent} */ event) => event.detail < 2 && onDecide(kind),
  }, children);

/** @param {{ticks: number, isBusy: boolean, onDecide: (kind: Kind) => void, onUntick: () => void}} props */
const OnTicked = ({ ticks, isBusy, onDecide, onUntick }) => {
  const n = number(ticks);
  return [
    h("span", { key: "n", class: "num chip" }, ticks === 1 ? t("1 ticked") : t("{n} ticked", { n })),
    h(Button, { key: "none", small: true, onClick: onUntick }, t("Tick none")),
    h(
      Button,
      { key: "accept", small: true, disabled: isBusy, onClick: () => onDecide("accept") },
      t("Accept {n} ticked", { n }),
    ),
    h(
      Button,
      { key: "reject", small: true, disabled: isBusy, onClick: () => onDecide("reject") },
      t("Reject {n} ticked", { n }),
    ),
  ];
};

/** Which items of how many are shown; after a link into the middle only how many. @param {Listed} list */
const shown = ({ where: { place, before }, page: { rows }, counts }) => {
  if (rows === null) return "";
  if (!rows.length) return t("{n} items", { n: "0" });
  const all = counts ? number(counts.all) : "…";
  if (place.after !== null && !before.length) return t("{n} items", { n: all });
  const from = before.length * PAGE + 1;
  return t("{from}–{to} of {all}", { from: number(from), to: number(from + rows.length - 1), all });
};

/** @param {{list: Listed, foot: {current: HTMLElement | null}, onTurn: Listed["turn"]}} props */
export const Pager = ({ list: { where: { place, before }, page: { rows, next } }, foot, onTurn }) =>
  h(
    "nav",
    { class: "bar pager", "aria-label": t("Pages of the list"), ref: foot },
    rows?.length ? h(Steps, { isAlone: place.after !== null && !before.length, place, next, onTurn }) : null,
  );

/**
 * `isAlone`: the pages before it are not known.
 * @param {{isAlone: boolean, place: Listed["where"]["place"], next: Listed["page"]["next"],
 *   onTurn: Listed["turn"]}} props
 */
const Steps = ({ isAlone, place, next, onTurn }) => [
  isAlone ? h(Button, { key: "first", onClick: () => onTurn("first") }, t("First page"), h("kbd", {}, "P")) : h(
    Button,
    { key: "before", disabled: place.after === null, onClick: () => onTurn("before") },
    t("Previous"),
    h("kbd", {}, "P"),
  ),
  h(Button, { key: "next", disabled: next === null, onClick: () => onTurn("next") }, t("Next"), h("kbd", {}, "N")),
  h("span", { key: "grow", class: "grow" }),
  h(
    "span",
    { key: "keys", class: "keys" },
    ...[h("kbd", {}, "J"), " ", h("kbd", {}, "K"), " ", t("move"), " · ", h("kbd", {}, "⏎"), " ", t("open")],
    ...[" · ", h("kbd", {}, "X"), " ", t("tick"), " · ", h("kbd", {}, "⇧X"), " ", t("tick up to here")],
  ),
];
