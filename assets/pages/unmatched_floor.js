// @ts-check
// The floor of assignment: what a higher or a lower one would leave without a rubric, and the slider that sets it.
import { Ago } from "../lib/ago.js";
import { Button, Card } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { bars, below, placeOf, total } from "./unmatched_figures.js";

/** @typedef {import("./unmatched.js").View} View */

/** @param {{view: View, act: import("./unmatched.js").Act}} props */
export const Floor = ({ view, act }) => {
  const [moved, setMoved] = useState(/** @type {number | null} */ (null));
  const { low, high, by_hand, floor_from_data } = view;
  const floor = moved ?? view.floor;
  const set = async (/** @type {number | null} */ to) => {
    if (await act("set_floor", { floor: to })) setMoved(null);
  };
  return h(
    Card,
    { title: t("The floor"), about: origin(by_hand) },
    h(
      "div",
      { class: "body" },
      h(Histogram, { view, floor }),
      h("input", {
        type: "range",
        class: "for-owners",
        min: low,
        max: high,
        step: "any",
        value: floor,
        "aria-label": t("the floor"),
        oninput: (/** @type {any} */ event) => setMoved(Number(event.target.value)),
      }),
      h("p", { class: "small soft", role: "status" }, told(view, floor)),
    ),
    h(
      "div",
      { class: "setup last for-owners" },
      h(Button, { small: true, onClick: () => set(floor) }, t("Use this floor")),
      by_hand && h(
        Button,
        { small: true, onClick: () => set(null) },
        t("From the data again ({floor})", { floor: floor_from_data.toFixed(3) }),
      ),
    ),
  );
};

/** Where the floor is from. @param {View["by_hand"]} hand @returns {import("../lib/view.js").Child} */
const origin = (hand) =>
  hand
    ? [t("set by {name}", { name: hand.author }), " · ", h(Ago, { iso: hand.at })]
    : t("from the data: the lowest 1 % of members without their own vote");

/** @param {View} view @param {number} floor */
const told = (view, floor) => {
  const words = {
    floor: floor.toFixed(3),
    n: number(Math.round(below(view, floor))),
    all: number(total(view)),
  };
  return view.counts_members
    ? t(
      "At {floor} about {n} of {all} members would lie below; members keep the category they were sorted into.",
      words,
    )
    : t("At {floor} about {n} of {all} instructions that nobody sorted lie below: no rubric matches them.", words);
};

const WIDTH = 560;
const HEIGHT = 110;
const LABELS = 20;
const BASE = HEIGHT + LABELS - 5;

/** @param {{view: View, floor: number}} props */
const Histogram = ({ view, floor }) => {
  const at = placeOf(view, floor, WIDTH);
  return h(
    "svg",
    {
      class: "plot",
      viewBox: `0 0 ${WIDTH} ${HEIGHT + LABELS}`,
      role: "img",
      "aria-label": t("Best similarities of all instructions, with the floor at {floor}", { floor: floor.toFixed(3) }),
    },
    bars(view, floor, { width: WIDTH, height: HEIGHT }).map(({ isUnder, ...place }, bin) =>
      h("rect", { key: bin, class: isUnder ? "bar under" : "bar", ...place })
    ),
    h("line", { class: "at", x1: at, x2: at, y1: 0, y2: HEIGHT }),
    h("text", { x: 0, y: BASE }, view.low.toFixed(2)),
    h("text", { x: WIDTH, y: BASE, "text-anchor": "end" }, view.high.toFixed(2)),
  );
};
