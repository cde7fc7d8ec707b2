// @ts-check
// The items by what has become of them, and more of them: drafts of a student's, then revisions.
import { Button, Card, NumberField, Select } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useState, useTyped } from "../lib/view.js";

/** @typedef {{drafted: number, waiting: number, accepted: number, rejected: number, held_out: number}} Counts */

const DRAFTS = "32", MOST = 10_000;

/** @param {{items: Counts, teacher: string, models: number[],
 *   act: (name: string, body: object) => void}} props */
export const Items = ({ items, teacher, models, act }) => {
  const { drafted, waiting, accepted, rejected, held_out } = items;
  const count = useTyped(DRAFTS);
  const [round, setRound] = useState("");
  const by = models.includes(Number(round)) ? round : "";
  const draft = () => act("draft", { items: count.number, round: by ? Number(by) : null });
  const revise = () => act("revise", { items: Math.min(drafted, MOST) });
  return h(
    Card,
    {
      title: t("Items"),
      about: teacher === "reference" ? t("teacher: reference answer") : t("teacher: {name}", { name: teacher }),
    },
    h(
      "div",
      { class: "figures" },
      h(Figure, { name: t("without a revision"), n: drafted }),
      h(Figure, { name: t("waiting"), n: waiting }),
      h(Figure, { name: t("accepted"), n: accepted }),
      h(Figure, { name: t("rejected"), n: rejected }),
      h(Figure, { name: t("held out"), n: held_out }),
    ),
    h(
      "div",
      { class: "setup last for-owners" },
      h(NumberField, { label: t("draft and revise"), most: MOST, ...count.field }),
      h(Select, {
        label: t("by"),
        value: by,
        onChange: setRound,
        options: [
          ["", t("the base model")],
          ...models.map((n) => /** @type {[string, string]} */ ([String(n), t("round {n}", { n })])),
        ],
      }),
      h(Button, { onClick: draft }, t("Draft answers")),
      drafted > 0 && h(
        Button,
        { onClick: revise },
        drafted === 1 ? t("Revise 1 draft") : t("Revise {n} drafts", { n: number(drafted) }),
      ),
    ),
  );
};

/** @param {{name: string, n: number}} props */
const Figure = ({ name, n }) => h("div", {}, h("span", {}, name), h("strong", {}, number(n)));
