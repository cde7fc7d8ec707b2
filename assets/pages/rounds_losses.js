// @ts-check
// The losses of a round by step, with those of others if one likes. Where what it minimises is not what is measured on
// held-out rows, each has a chart of its own.
import { Chart } from "../lib/chart/chart.js";
import { Button, Check, Select } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { comparable, heldOut, isApart, training } from "./rounds_curves.js";

/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */

const MOST_BESIDE = 5; // a chart has six colours

/** @param {{kinds: Kinds, list: List, round: Round, beside: Round[], setBeside: (rounds: number[]) => void}} props */
export const Losses = ({ kinds, list, round, beside, setBeside }) => {
  const [weight, setWeight] = useState("0.75");
  const [isLog, setLog] = useState(false);
  if (!round.train_losses.length && !round.validation_losses.length) return null;
  const rounds = [round, ...beside];
  const axes = { along: t("step"), log: isLog };
  return h(
    "div",
    { class: "body losses" },
    h(
      "div",
      { class: "chart-head" },
      h(Select, { label: t("smoothing"), value: weight, options: smoothings(), onChange: setWeight }),
      h(Check, { checked: isLog, onChange: setLog }, t("logarithmic")),
      h(Beside, {
        others: comparable(kinds, list.rounds, round).map((one) => one.round),
        beside: beside.map((one) => one.round),
        setBeside,
      }),
    ),
    isApart(kinds, rounds) ? h(Apart, { kinds, rounds, weight: Number(weight), axes }) : h(Chart, {
      title: t("Loss of round {n} by step", { n: round.round }),
      value: lossName(kinds, round),
      series: [...training(rounds, Number(weight), true), ...heldOut(rounds)],
      ...axes,
    }),
  );
};

/** @returns {[string, string][]} */
const smoothings = () => [["0", t("none")], ["0.75", t("light")], ["0.9", t("medium")], ["0.97", t("strong")]];

/** What the loss of held-out rows is. @param {Kinds} kinds @param {Round} round */
const lossName = (kinds, round) =>
  kinds.of(round)?.trains === "reward" ? t("loss, nats per pair") : t("loss, nats per token");

/** @param {{kinds: Kinds, rounds: Round[], weight: number, axes: {along: string, log: boolean}}} props */
const Apart = ({ kinds, rounds, weight, axes }) => {
  const [{ round: n }] = rounds;
  const hasOwnLoss = kinds.of(rounds[0])?.has_own_loss;
  return [
    h("h3", { key: "held out", class: "small soft" }, t("Held-out loss per token")),
    h(Chart, {
      key: "held-out chart",
      title: t("Held-out loss of round {n} by step", { n }),
      value: lossName(kinds, rounds[0]),
      series: heldOut(rounds),
      ...axes,
    }),
    h(
      "h3",
      { key: "training", class: "small soft" },
      hasOwnLoss
        ? t("Train loss: what this kind minimises, another quantity than the loss per token")
        : t("Train loss per token, on a different mix of tasks than the held-out rows"),
    ),
    h(Chart, {
      key: "training chart",
      title: t("Training loss of round {n} by step", { n }),
      value: hasOwnLoss ? t("what this kind minimises") : lossName(kinds, rounds[0]),
      series: training(rounds, weight, false),
      ...axes,
    }),
  ];
};

/** The rounds drawn beside it, and one more to choose.
 * @param {{others: number[], beside: number[], setBeside: (rounds: number[]) => void}} props */
const Beside = ({ others, beside, setBeside }) => {
  const left = others.filter((one) => !beside.includes(one));
  return [
    left.length > 0 && beside.length < MOST_BESIDE && h(Select, {
      key: "add",
      label: t("compare with"),
      value: "",
      options: [["", t("add a round")], ...left.map((n) => /** @type {[string, string]} */ ([`${n}`, roundName(n)]))],
      onChange: (n) => n && setBeside([...beside, Number(n)]),
    }),
    beside.map((n) =>
      h(Button, {
        key: n,
        small: true,
        label: t("Remove round {n} from the chart", { n }),
        onClick: () => setBeside(beside.filter((one) => one !== n)),
      }, `${roundName(n)} ×`)
    ),
  ];
};

/** @param {number} n */
const roundName = (n) => t("round {n}", { n });
