// What can be chosen for a round, shared by a single round and a curriculum. The sentences that help to choose come from
// the server, where `--help` has them too: `whys`, by field.
"use strict";
studio.roundChoices = (whys) => {
  const { t, said } = studio;
  return {
    objective: [t("learns to"), [["both", t("draft and revise (both)")], ["draft", t("draft only")], ["revise", t("revise only (the paper)")]], said(whys.objective)],
    tokens: [t("which tokens count"), [["all", t("all alike")], ["changed", t("changed ones three times")]], said(whys.tokens)],
    /** An order by edits is one of what has some. */
    order: (kind) => [t("order"), [["sampled", t("as sampled")], ["edit_size", t("small edits first")], ["easy", t("easy to hard")]].filter(([name]) => kind.has_edits || name !== "edit_size"), said(whys.order)],
    adapter: [t("adapter"), [["carried", t("carried on (the paper)")], ["new", t("a new one on all revisions so far")]], said(whys.adapter)],
    launcher: [t("runs by"), said(whys.launcher)],
    replay: said(whys.replay),
    /** How fast and how long a round learns and by which rows it stops, in a form; left empty, all is as the kind says. */
    lasting: { learning_rate: "", epochs: "", steps: "", validate_on: "", patience: "" },
    paceFields: ({ number }, kind) => [
      number("learning_rate", t("learning rate"), 0.000001, 0.01, "any", said(whys.learning_rate), kind.learning_rate),
      number("epochs", t("epochs"), 1, 100, 1, said(whys.epochs), kind.epochs),
      number("steps", t("steps at most"), 1, 1000000, 1, said(whys.steps), t("all")),
    ],
    stopFields: ({ form, number, select }, kind, heldOut) => [
      kind.offers.includes("validate_on") && select("validate_on", t("validated on"), [["", t("the validation split")], ...heldOut.map((name) => [name, studio.measuredOn(`${name} · dev`)])],
        [said(whys.validate_on), " ", t("A data set that is imported only to measure on can be chosen here.")]),
      // Whoever names rows to validate on wants training to stop by them (workflows/rounds/training_set.py).
      kind.offers.includes("patience") && number("patience", t("patience"), 0, 100, 1, said(whys.patience), String(Math.max(kind.patience, form.validate_on ? 1 : 0))),
    ],
    lastingAsked: ({ learning_rate, epochs, steps }) => ({ learning_rate: learning_rate && Number(learning_rate), epochs, steps }),
  };
};
/**
 * Fields of a `form` that keep what is typed; `changed` hears of a new choice. A number that is emptied means what the
 * form began with, and shows that in its place: `numbers` has what is meant.
 */
studio.fields = (form, changed) => {
  const { h } = studio;
  const standard = { ...form };
  const numbers = (...names) => Object.fromEntries(names.map((name) => [name, Number(form[name] || standard[name])]));
  const labelled = (text, control, why) => h("label", {}, text, control, why && h("small", {}, why));
  return {
    form,
    labelled,
    numbers,
    /** Some fields that belong together, each with its sentence. */
    group: (title, ...children) => children.flat().some(Boolean) && h("fieldset", { class: "group" }, h("legend", {}, title), h("div", { class: "setup explained" }, children)),
    number: (name, text, low, high, step = 1, why = null, placeholder = standard[name]) => labelled(text, h("input", { type: "number", min: low, max: high, step, value: form[name], placeholder, "aria-label": text, oninput: (e) => { form[name] = e.target.value; }, onchange: () => changed(name) }), why),
    select: (name, text, options, why = null) => labelled(text, h("select", { "aria-label": text, onchange: (e) => { form[name] = e.target.value; changed(name); } }, options.map(([v, label]) => h("option", { value: v, selected: String(v) === String(form[name]) }, label))), why),
    check: (name, text) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: form[name], onchange: (e) => { form[name] = e.target.checked; changed(name); } }), text),
  };
};
