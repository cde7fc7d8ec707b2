// @ts-check
// What a teacher is asked for, and what that will take.
import { Button, NumberField, Scroll, Select } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useState, useTyped } from "../lib/view.js";
import { dollars } from "../lib/money.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {import("./induction.js").View} View */
/** @typedef {"propose" | "merge" | "sort" | "rubric"} Step */
/** @typedef {{instructions: number, calls: number, about: number | null, most: number | null, going_on: boolean,
 *   answered: number, steps: {step: Step, calls: number, about: number | null, most: number | null}[]}} Estimate
 *   Money is in billionths of a dollar, null where a price is unknown. */
/** @typedef {{answer: Estimate | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}} Estimated */

const PAUSE = 300;

/**
 * @param {{ask: Ask, view: View, dataset: string, onChoose: (dataset: string) => void, onStart: (asked: object) => void}} props
 */
export const Setup = ({ ask, view, dataset, onChoose, onStart }) => {
  const { teachers, datasets, highest, running } = view;
  const most = useTyped(String(view.most));
  const [named, setTeacher] = useState(teachers[0]);
  const teacher = teachers.includes(named) ? named : teachers[0];
  const [isOpen, setOpen] = useState(false);
  const asked = { dataset, most: most.number, teacher };
  const estimate = /** @type {Estimated} */ (useAsked(ask, "induction_estimate", running ? null : asked, PAUSE));
  useEffect(() => {
    estimate.reload();
  }, [view]); // how much is sorted changes what is left to do
  const isReady = !running && !estimate.isAsking && !estimate.error;
  return h(
    "div",
    { class: "for-owners" },
    h(
      "div",
      { class: "setup" },
      h(Select, {
        label: t("data set"),
        value: dataset,
        disabled: running,
        options: datasets.map(({ name, rows }) => [name, `${name} (${number(rows)})`]),
        onChange: onChoose,
      }),
      h(NumberField, {
        label: t("categories, at most"),
        least: 2,
        most: highest,
        disabled: running,
        ...most.field,
      }),
      teachers.length > 1 && h(Select, {
        label: t("teacher"),
        value: teacher,
        disabled: running,
        options: teachers.map((name) => [name, name]),
        onChange: setTeacher,
      }),
      h(
        Button,
        { main: true, disabled: !isReady, onClick: () => onStart(asked) },
        estimate.answer?.going_on ? t("Go on") : t("Make rubrics"),
      ),
    ),
    h(
      "div",
      { class: "body soft small estimate", role: "status" },
      running
        ? t("Under way: the strip above shows how far it is.")
        : estimate.error
        ? said(estimate.error)
        : estimate.isAsking || !estimate.answer
        ? t("Estimating …")
        : h(Takes, { estimate: estimate.answer, teacher, isOpen, onOpen: setOpen }),
    ),
  );
};

/** @param {{estimate: Estimate, teacher: string, isOpen: boolean, onOpen: (isOpen: boolean) => void}} props */
const Takes = ({ estimate, teacher, isOpen, onOpen }) =>
  h(
    "details",
    { open: isOpen, ontoggle: (/** @type {any} */ event) => onOpen(event.currentTarget.open) },
    h(
      "summary",
      {},
      [
        t("{n} instructions to sort", { n: number(estimate.instructions) }),
        estimate.calls === 1 ? t("1 call") : t("{n} calls", { n: number(estimate.calls) }),
        estimate.about === null
          ? t("the price of {name} is unknown", { name: teacher })
          : t("about {about}, at most {most}", { about: money(estimate.about), most: money(estimate.most) }),
      ].join(" · "),
    ),
    estimate.going_on && h(
      "p",
      {},
      t(
        "This goes on with a run that did not end; {n} of its answers are paid already and are not bought again.",
        { n: number(estimate.answered) },
      ),
    ),
    h(Scroll, { label: t("Cost") }, h(Steps, { steps: estimate.steps })),
    h(
      "p",
      {},
      t("At most: as many rubrics as categories are allowed, and every instruction asked about twice."),
      " ",
      t("A reply that has to be mended comes on top."),
    ),
  );

/** @param {{steps: Estimate["steps"]}} props */
const Steps = ({ steps }) =>
  h(
    "table",
    { class: "plain" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        [t("step"), t("calls"), t("about"), t("at most")].map((text) => h("th", { key: text, scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      {},
      steps.map(({ step, calls, about, most }) =>
        h(
          "tr",
          { key: step },
          h("th", { scope: "row" }, nameOf(step)),
          h("td", {}, number(calls)),
          h("td", {}, money(about)),
          h("td", {}, money(most)),
        )
      ),
    ),
  );

/** @param {Step} step */
const nameOf = (step) => ({
  propose: t("propose categories"),
  merge: t("merge them"),
  sort: t("sort the instructions"),
  rubric: t("write rubrics"),
}[step]);

/** @param {number | null} billionths */
const money = (billionths) => billionths === null ? "–" : dollars(billionths);
