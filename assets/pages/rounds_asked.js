// @ts-check
// What the form of a round begins with, and what it asks for.
import { chosen, LASTING, lastingAsked, meant } from "./rounds_choices.js";

/** @typedef {import("./rounds_choices.js").Form} Form */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */

/** `parent` is null until it is known which rounds there are. @param {Kind[]} kinds @returns {Form} */
export const firstForm = (kinds) => ({
  kind: kinds[0].name,
  objective: "both",
  parent: null,
  adapter: "carried",
  items: "",
  replay: "0",
  tokens: "all",
  order: "sampled",
  with_validation: false,
  reward: "reference",
  criterion: "",
  candidates: "",
  ...LASTING,
});

/** The form after a choice; a round 0 begins with the base model. @param {Kind[]} kinds @param {Form} form
 * @param {Form} change */
export const changed = (kinds, form, change) => {
  const next = chosen(form, change, kinds);
  return change.kind !== undefined && ofForm(kinds, next).begins ? { ...next, parent: "" } : next;
};

/** The kind that the form is for. @param {Kind[]} kinds @param {Form} form */
export const ofForm = (kinds, form) => /** @type {Kind} */ (kinds.find((kind) => kind.name === form.kind));

/** Whether the round carries another's adapter on. @param {Kind} kind @param {Form} form */
export const carries = (kind, form) =>
  kind.trains === "student" && (!kind.offers.includes("adapter") || form.adapter === "carried");

/** The choices that the form shows; what a kind does not offer is not asked for. @param {Kind[]} kinds
 * @param {Form} form @returns {Form} */
export const asked = (kinds, form) => {
  const kind = ofForm(kinds, form);
  const all = /** @type {Form} */ ({
    ...form,
    ...meant(form, firstForm(kinds), "replay"),
    candidates: form.candidates || null,
  });
  return {
    kind: form.kind,
    launcher: form.launcher,
    items: form.items || null,
    parent: carries(kind, form) && form.parent !== "" ? Number(form.parent) : null,
    ...lastingAsked(form),
    ...Object.fromEntries(kind.offers.map((name) => [name, all[name]])),
  };
};
