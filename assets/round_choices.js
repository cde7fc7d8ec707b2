// What can be chosen for a round, shared by a single round and a curriculum. The sentences that help to choose come from
// the server, where `--help` has them too: `whys`, by field.
"use strict";
studio.roundChoices = (whys) => {
  const { t, said } = studio;
  return {
    objective: [t("learns to"), [["both", t("draft and revise (both)")], ["draft", t("draft only")], ["revise", t("revise only (the paper)")]], said(whys.objective)],
    tokens: [t("which tokens count"), [["all", t("all alike")], ["changed", t("changed ones three times")]], said(whys.tokens)],
    order: [t("order"), [["sampled", t("as sampled")], ["edit_size", t("small edits first")], ["easy", t("easy to hard")]], said(whys.order)],
    adapter: [t("adapter"), [["carried", t("carried on (the paper)")], ["new", t("a new one on all revisions so far")]], said(whys.adapter)],
    launcher: [t("runs by"), said(whys.launcher)],
    replay: said(whys.replay),
    /** How fast and how long a round learns and by which rows it stops, in a form; left empty, all is as the kind says. */
    lasting: { learning_rate: "", epochs: "", steps: "", validate_on: "", patience: "" },
    lastingFields: ({ number, select }, kind, heldOut) => [
      number("learning_rate", t("learning rate"), 0.000001, 0.01, "any", said(whys.learning_rate), kind.learning_rate),
      number("epochs", t("epochs"), 1, 100, 1, said(whys.epochs), kind.epochs),
      number("steps", t("steps at most"), 1, 1000000, 1, said(whys.steps), t("all")),
      select("validate_on", t("validated on"), [["", t("the validation split")], ...heldOut.map((name) => [name, studio.measuredOn(`${name} · dev`)])], said(whys.validate_on)),
      number("patience", t("patience"), 0, 100, 1, said(whys.patience)),
    ],
    lastingAsked: ({ learning_rate, epochs, steps, validate_on, patience }) => ({ learning_rate: learning_rate && Number(learning_rate), epochs, steps, validate_on, patience }),
  };
};
/** Fields of a `form` that keep what is typed; `changed` hears of a new choice. */
studio.fields = (form, changed) => {
  const { h } = studio;
  const labelled = (text, control, why) => h("label", {}, text, control, why && h("small", {}, why));
  return {
    labelled,
    number: (name, text, low, high, step = 1, why = null, placeholder = null) => labelled(text, h("input", { type: "number", min: low, max: high, step, value: form[name], placeholder, "aria-label": text, oninput: (e) => { form[name] = e.target.value; }, onchange: () => changed(name) }), why),
    select: (name, text, options, why = null) => labelled(text, h("select", { "aria-label": text, onchange: (e) => { form[name] = e.target.value; changed(name); } }, options.map(([v, label]) => h("option", { value: v, selected: String(v) === String(form[name]) }, label))), why),
    check: (name, text) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: form[name], onchange: (e) => { form[name] = e.target.checked; changed(name); } }), text),
  };
};
