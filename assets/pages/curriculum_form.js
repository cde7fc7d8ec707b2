// @ts-check
// The form of a new curriculum.
import { Button, Card, Group } from "../lib/parts.js";
import { measuredParts, number as counted, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { firstForm, takes } from "./curriculum_asked.js";
import { chosen, fieldsOf, launcherField, learnFields, paceFields, stopFields } from "./rounds_choices.js";

/** @typedef {import("./curriculum.js").View} View */
/** @typedef {import("./curriculum.js").Given} Given */
/** @typedef {import("./rounds_choices.js").Form} Form */
/** @typedef {import("./rounds_choices.js").Fields} Fields */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */

/** @param {{view: View, given: Given, form: Form, setForm: (form: Form) => void, onStart: () => void}} props */
export const NewCurriculum = ({ view, given, form, setForm, onStart }) => {
  const fields = fieldsOf(
    form,
    firstForm(given.kinds),
    (change) => setForm(chosen(form, change, given.kinds)),
  );
  const kind = /** @type {Kind} */ (given.kinds.find((one) => one.name === form.kind));
  return h(
    Card,
    { title: t("New curriculum"), about: t("sample, draft, revise, decide, train and measure, round after round") },
    h(
      "div",
      { class: "setup" },
      fields.number("rounds", t("rounds"), { least: 1, most: 100 }),
      fields.number("items", t("instructions in each"), { least: 1, most: Math.max(1, view.available) }),
      h(Deciding, { fields, categories: view.categories }),
      fields.check("sft", t("SFT first (round 0)")),
      h(
        Button,
        { main: true, owners: true, class: "start", disabled: !view.available, onClick: onStart },
        t("Start the curriculum"),
      ),
    ),
    h(
      "details",
      { class: "body small" },
      h("summary", {}, t("More choices")),
      h(Group, { title: t("What it learns") }, h(Learning, { fields, given, kind })),
      h(
        Group,
        { title: t("How it learns") },
        paceFields(fields, given.whys, kind),
        fields.select("later", t("from the second round on"), [
          ["same", t("learn like the first")],
          ["gentler", t("learn more gently")],
        ], said(given.whys.later)),
        launcherField(fields, given.whys, view.launchers),
      ),
      h(Group, { title: t("How it is measured") }, h(Measuring, { fields, view, given })),
      h(
        Group,
        { title: t("When it stops") },
        stopFields(fields, given.whys, kind, view.held_out),
        fields.check(
          "stop_when_worse",
          t("stop after a round that is worse than the one before it, measured on the dev part"),
        ),
      ),
    ),
    h(Available, { available: view.available }),
  );
};

/** Who decides on revisions, and what becomes of what a rule leaves. @param {{fields: Fields, categories: string[]}} props */
const Deciding = ({ fields, categories }) => {
  const { decide } = fields.form;
  return [
    fields.select("decide", t("who decides"), [
      ["people", t("people, on the Review page")],
      ["all", t("nobody: everything is accepted")],
      ["small", t("edits up to a size are accepted")],
      ["trusted", t("trusted categories are accepted")],
    ]),
    decide === "small" && fields.number("below", t("largest share changed"), { least: 0, most: 1, step: 0.05 }),
    decide === "trusted" && h(Trusted, { key: "trusted", fields, categories }),
    ["small", "trusted"].includes(decide) &&
    fields.select("rest", t("what is left"), [["people", t("waits for people")], ["leave", t("is left out")]]),
  ];
};

/** @param {{fields: Fields, categories: string[]}} props */
const Trusted = ({ fields, categories }) => {
  const { trusted } = fields.form;
  const choose = (/** @type {any} */ event) =>
    fields.set({ trusted: [...event.target.selectedOptions].map((option) => option.value) });
  return h(
    "label",
    {},
    t("trusted"),
    h(
      "select",
      { multiple: true, size: 4, "aria-label": t("trusted"), onchange: choose },
      categories.map((one) => h("option", { key: one, value: one, selected: trusted.includes(one) }, one)),
    ),
  );
};

/** @param {{fields: Fields, given: Given, kind: Kind}} props */
const Learning = ({ fields, given: { kinds, whys }, kind }) => {
  const of = learnFields(fields, whys, kind);
  const shown = (/** @type {keyof typeof of} */ name) => takes(kinds, fields.form, name) && of[name];
  return [
    fields.select("sampling", t("instructions"), [
      ["fresh", t("fresh ones each round")],
      ["same", t("the same each round (the paper)")],
    ], said(whys.sampling)),
    fields.select(
      "kind",
      t("learns"),
      kinds.filter((one) => one.in_curricula).map((one) => [one.name, said(one.label) ?? one.label]),
    ),
    shown("objective"),
    shown("adapter"),
    shown("tokens"),
    shown("order"),
    shown("replay"),
  ];
};

/** @param {{fields: Fields, view: View, given: Given}} props */
const Measuring = ({ fields, view, given: { whys } }) => [
  fields.select("evaluate", t("measured on"), [
    ["", t("the test split")],
    ...view.datasets.map((name) => /** @type {[string, string]} */ ([name, name])),
  ], said(whys.evaluate)),
  !fields.form.stop_when_worse && fields.select("part", t("part"), measuredParts(), said(whys.part)),
  fields.number("evaluate_items", t("answers measured"), { least: 0, most: 10_000, why: said(whys.evaluate_items) }),
  fields.select("judge", t("judge"), [
    ...view.judges.map((name) => /** @type {[string, string]} */ ([name, name])),
    ["", t("nobody")],
  ], said(whys.judge)),
];

/** @param {{available: number}} props */
const Available = ({ available }) =>
  h(
    "div",
    { class: "body soft small" },
    h("p", { class: "for-annotators lead" }, t("Only an owner may start a curriculum.")),
    available
      ? t(
        "{n} train instructions can be taken. Closing the browser or the app loses nothing: a curriculum goes on from its stage.",
        { n: counted(available) },
      )
      : [
        t("There is nothing to take yet."),
        " ",
        h("a", { key: "data", href: "/data" }, t("Import a data set first.")),
      ],
  );
