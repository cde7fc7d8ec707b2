// What can be chosen for a round, each with the one sentence that explains it: shared by a single round and a curriculum.
"use strict";
studio.roundChoices = () => {
  const { t } = studio;
  return {
    objective: [t("learns to"), [["both", t("draft and revise (both)")], ["draft", t("draft only")], ["revise", t("revise only (the paper)")]], t("On a small student, revising alone made its own revisions worse; both is the default.")],
    tokens: [t("which tokens count"), [["all", t("all alike")], ["changed", t("changed ones three times")]], t("The edits that were kept are known one by one, so what the teacher changed can count more than what it copied.")],
    order: [t("order"), [["sampled", t("as sampled")], ["edit_size", t("small edits first")], ["easy", t("easy to hard")]], t("A curriculum in the older sense: what changes little, or what the student finds likely, comes first.")],
    adapter: [t("adapter"), [["carried", t("carried on (the paper)")], ["new", t("a new one on all revisions so far")]], t("Carried on, a round learns its own revisions; a new one learns all revisions so far from the base model.")],
    launcher: [t("runs by"), t("How it is started, by the names that this host has given: here, on several GPUs, or on a cluster.")],
    replay: t("Train answers mixed in, as a share of the other rows (0.5: one to every two): what is seen again is forgotten less."),
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
