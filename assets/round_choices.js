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
