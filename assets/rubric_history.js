// A category's history: each version with what it changed, and what people did to the category and those it came from.
"use strict";
/** What one version changed since the one before it, as edits of its texts. */
studio.rubricChanges = (event) => {
  const { h, t } = studio;
  const KINDS = { added: t("added"), removed: t("removed"), changed: t("changed") };
  const line = (side, parts) => h("p", { class: side, dir: "auto" }, parts.map((part) => (part.before === part.after ? part.before : [part.before && h("del", {}, part.before), part.after && h("ins", {}, part.after)])));
  const isNew = (parts) => parts.some((part) => part.before !== part.after);
  return h("ul", { class: "rubric changes" },
    event.described && h("li", {}, h("b", {}, t("what the category is about")), h("p", { dir: "auto" }, event.description)),
    (event.changes ?? []).map((change) => h("li", {}, h("b", {}, h("span", { dir: "auto", class: "what" }, change.name), h("span", {}, KINDS[change.kind])), isNew(change.good) && line("good", change.good), isNew(change.bad) && line("bad", change.bad))),
    event.changes?.length === 0 && !event.described && h("li", {}, h("p", {}, t("only the order of the criteria"))));
};

studio.rubricHistory = (category, tools) => {
  const { h, t, call, said } = studio;
  const node = h("div", { class: "rubric-history", tabindex: "-1", role: "region", "aria-label": t("History") }, h("p", { class: "soft small" }, t("Reading the history …")));
  const name = (text) => h("span", { dir: "auto", class: "what" }, text);
  /** A text with nodes in the place of its {names}. */
  const mix = (text, values) => text.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? values[piece] : piece));
  const DEEDS = {
    rename: t("{by} renamed {source} to {target}"), merge: t("{by} merged {source} into {target}, with {members} members"),
    split: t("{by} split {target} off {source}, with {members} members"), move: t("{by} moved {members} members from {source} to {target}"),
  };
  const deed = (e) => h("li", {}, mix(DEEDS[e.kind], { by: name(e.by), source: name(e.source), target: name(e.target), members: studio.number(e.members) }), " · ", studio.when(e.at));
  const version = (e) => h("li", {},
    mix(e.category === category.name ? t("version {n} by {by}") : t("version {n} of {category} by {by}"), { n: e.version, by: name(said(e.by)), category: name(e.category) }), " · ", studio.when(e.at),
    e.changes && studio.rubricChanges(e),
    h("details", {}, h("summary", {}, e.criteria.length === 1 ? t("the whole rubric, 1 criterion") : t("the whole rubric, {n} criteria", { n: e.criteria.length })),
      h("ul", { class: "rubric" }, e.criteria.map((k) => h("li", {}, h("b", { dir: "auto" }, k.name), h("p", { class: "good", dir: "auto" }, k.good), h("p", { class: "bad", dir: "auto" }, k.bad))))));
  const read = async () => {
    const answer = await call(tools.server, "rubric_history", { category: category.name });
    node.replaceChildren(...(answer.error
      ? [h("div", { class: "notice", role: "alert" }, said(answer.error))]
      : [h("ol", {}, answer.events.map((e) => (e.kind === "version" ? version(e) : deed(e))))]),
      h("div", { class: "end" }, h("button", { class: "act", type: "button", onclick: () => tools.close() }, t("Close"))));
  };
  read();
  return { node, first: node };
};
