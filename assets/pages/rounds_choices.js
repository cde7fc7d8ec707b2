// @ts-check
// What can be chosen for a round, shared by the forms of a single round and of a curriculum. The sentences that help to
// choose come from the server, where `--help` has them too: `whys`, by field.
import { Check, NumberField, Select } from "../lib/parts.js";
import { measuredOn, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {Record<string, any>} Form What is typed and chosen, by the names that the request has. */
/** @typedef {Record<string, string>} Whys */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */
/** @typedef {ReturnType<typeof fieldsOf>} Fields */

/** How fast and how long a round learns and by which rows it stops; left empty, all is as the kind says. */
export const LASTING = { learning_rate: "", epochs: "", steps: "", validate_on: "", patience: "" };

/** @param {Form} form */
export const lastingAsked = ({ learning_rate, epochs, steps }) => ({
  learning_rate: learning_rate && Number(learning_rate),
  epochs,
  steps,
});

/** The numbers that are meant: one that was emptied means what the form begins with. @param {Form} form
 * @param {Form} first @param {string[]} names @returns {Record<string, number>} */
export const meant = (form, first, ...names) =>
  Object.fromEntries(names.map((name) => [name, Number(form[name] || first[name])]));

/** A form after a choice: an order by edits is one of what has some. @param {Form} form @param {Form} change
 * @param {Kind[]} kinds */
export const chosen = (form, change, kinds) => {
  const next = { ...form, ...change };
  const hasEdits = kinds.find((kind) => kind.name === next.kind)?.has_edits;
  return !hasEdits && next.order === "edit_size" ? { ...next, order: "sampled" } : next;
};

/**
 * Fields of a form, each by its name in it. `first` is what the form begins with.
 * @param {Form} form @param {Form} first @param {(change: Form) => void} set
 */
export const fieldsOf = (form, first, set) => ({
  form,
  set,
  /** @param {string} name @param {string} label @param {{least: number, most: number, step?: number | "any",
   *  why?: import("../lib/view.js").Child, standard?: string}} bounds */
  number: (name, label, { standard = first[name], ...bounds }) =>
    h(NumberField, {
      label,
      value: form[name],
      standard,
      ...bounds,
      onChange: (value) => set({ [name]: value }),
    }),
  /** @param {string} name @param {string} label @param {[string, string][]} options
   *  @param {import("../lib/view.js").Child} [why] */
  select: (name, label, options, why) =>
    h(Select, { label, value: String(form[name]), options, why, onChange: (value) => set({ [name]: value }) }),
  /** @param {string} name @param {string} label */
  check: (name, label) => h(Check, { checked: form[name], onChange: (on) => set({ [name]: on }) }, label),
});

/** What a round learns to do. @returns {[string, string][]} */
export const objectives = () => [
  ["both", t("draft and revise (both)")],
  ["draft", t("draft only")],
  ["revise", t("revise only (the paper)")],
];

/** @param {Kind} kind @returns {[string, string][]} */
const orders = (kind) => [
  ["sampled", t("as sampled")],
  .../** @type {[string, string][]} */ (kind.has_edits ? [["edit_size", t("small edits first")]] : []),
  ["easy", t("easy to hard")],
];

/**
 * The fields that say what is learned, by their names.
 * @param {Fields} fields @param {Whys} whys @param {Kind} kind
 */
export const learnFields = ({ number, select }, whys, kind) => ({
  objective: select("objective", t("learns to"), objectives(), said(whys.objective)),
  adapter: select("adapter", t("adapter"), [
    ["carried", t("carried on (the paper)")],
    ["new", t("a new one on all revisions so far")],
  ], said(whys.adapter)),
  tokens: select("tokens", t("which tokens count"), [
    ["all", t("all alike")],
    ["changed", t("changed ones three times")],
  ], said(whys.tokens)),
  order: select("order", t("order"), orders(kind), said(whys.order)),
  replay: number("replay", t("replayed answers"), { least: 0, most: 1, step: 0.1, why: said(whys.replay) }),
});

/**
 * How fast and how long it learns; by what it runs is a choice among several launchers.
 * @param {Fields} fields @param {Whys} whys @param {Kind} kind
 */
export const paceFields = ({ number }, whys, kind) => [
  number("learning_rate", t("learning rate"), {
    least: 0.000001,
    most: 0.01,
    step: "any",
    why: said(whys.learning_rate),
    standard: String(kind.learning_rate),
  }),
  number("epochs", t("epochs"), { least: 1, most: 100, why: said(whys.epochs), standard: String(kind.epochs) }),
  number("steps", t("steps at most"), { least: 1, most: 1_000_000, why: said(whys.steps), standard: t("all") }),
];

/** @param {Fields} fields @param {Whys} whys @param {string[]} launchers */
export const launcherField = ({ select }, whys, launchers) =>
  launchers.length > 1 &&
  select("launcher", t("runs by"), launchers.map((name) => [name, name]), said(whys.launcher));

/**
 * By which rows it stops. Whoever names rows to validate on wants training to stop by them
 * (workflows/rounds/training_set.py).
 * @param {Fields} fields @param {Whys} whys @param {Kind} kind @param {string[]} heldOut
 */
export const stopFields = ({ form, number, select }, whys, kind, heldOut) => [
  kind.offers.includes("validate_on") &&
  select("validate_on", t("validated on"), [
    ["", t("the validation split")],
    ...heldOut.map((name) => /** @type {[string, string]} */ ([name, measuredOn(`${name} · dev`)])),
  ], [said(whys.validate_on), " ", t("A data set that is imported only to measure on can be chosen here.")]),
  kind.offers.includes("patience") &&
  number("patience", t("patience"), {
    least: 0,
    most: 100,
    why: said(whys.patience),
    standard: String(Math.max(kind.patience, form.validate_on ? 1 : 0)),
  }),
];
