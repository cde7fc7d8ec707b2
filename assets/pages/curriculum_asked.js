// @ts-check
// What the form of a curriculum begins with, and what it asks for.
import { LASTING, lastingAsked, meant } from "./rounds_choices.js";

/** @typedef {import("./rounds_choices.js").Form} Form */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */

/** @param {Kind[]} kinds @returns {Form} */
export const firstForm = (kinds) => ({
  rounds: "3",
  items: "64",
  sampling: "fresh",
  kind: kinds[0].name,
  objective: "both",
  adapter: "carried",
  tokens: "all",
  order: "sampled",
  decide: "people",
  rest: "people",
  below: "0.3",
  trusted: [],
  replay: "0",
  sft: false,
  later: "gentler",
  evaluate: "",
  part: "all",
  stop_when_worse: false,
  evaluate_items: "32",
  judge: "reference",
  ...LASTING,
});

/** Whether a field is shown and sent: what some kinds of round do not take is a choice of the others.
 * @param {Kind[]} kinds @param {Form} form @param {string} name */
export const takes = (kinds, form, name) =>
  kinds.find((one) => one.name === form.kind)?.offers.includes(name) || !kinds.some((one) => one.offers.includes(name));

/** @param {Kind[]} kinds @param {Form} form @returns {Form} */
export const asked = (kinds, form) => {
  const all = {
    ...form,
    ...lastingAsked(form),
    part: form.stop_when_worse ? "dev" : form.part,
    evaluate: form.evaluate || null,
    ...meant(form, firstForm(kinds), "rounds", "items", "below", "replay", "evaluate_items"),
  };
  return Object.fromEntries(Object.entries(all).filter(([name]) => takes(kinds, form, name)));
};
