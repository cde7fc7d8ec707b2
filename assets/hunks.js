// A revision's edits on the desk: each can be kept or dropped, and says which criterion it serves.
// An item carries its own choices: `kept` (numbers of kept edits), `at` (the edit under the keys), `criteria` (corrected).
// Where several teachers revised, it also carries the `others`' revisions, each with the choices made on it.
"use strict";
studio.hunks = {
  /** The parts of the diff; a changed part has a number, counted from 1. */
  of: (item) => {
    let n = 0;
    return item.parts.map((part) => ({ ...part, n: part.before === part.after ? 0 : (n += 1), common: part.before === part.after ? "" : studio.texts.common(part.before, part.after) }));
  },
  count: (item) => item.parts.filter((part) => part.before !== part.after).length,

  /** A changed text with what cannot be seen in it made visible: white space, direction marks, zero-width signs. */
  visible: (text, other) => studio.texts.spaced(text, other) ?? studio.hunks.shown(text, other),
  shown: (text, other) => {
    const joiners = text.replace(/[\u200c\u200d]/g, "") === other.replace(/[\u200c\u200d]/g, "");  // else they shape letters
    const hidden = joiners ? /([\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])/ : /([\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])/;
    return text.split(hidden).map((piece, i) =>
      i % 2 ? studio.h("span", { class: "unseen" }, `U+${piece.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`) : piece);
  },

  /** Gives an item its choices: every edit kept, none under the keys, no criterion corrected. */
  prepare: (item) => {
    item.kept ??= new Set(studio.hunks.of(item).map((p) => p.n).filter(Boolean));
    item.at ??= 0;
    item.criteria ??= {};
    return item;
  },
  /** Every teacher's revision of the item, in the order of their names; the one decided on is the item itself. */
  revisions: (item) => [item, ...(item.others ?? [])].sort((a, b) => (a.revision_author ?? "").localeCompare(b.revision_author ?? "")),
  /** Decide on another teacher's revision; what was chosen on this one is kept for coming back. */
  pick: (item, id) => {
    const n = item.others.findIndex((other) => other.revision_id === id);
    if (n < 0) return;
    const mine = {};
    for (const name of ["revision_id", "revision", "revision_author", "parts", "changed", "warnings", "kept", "at", "criteria"]) mine[name] = item[name];
    Object.assign(item, { kept: undefined, at: undefined, criteria: undefined }, item.others.splice(n, 1, mine)[0]);
    studio.hunks.prepare(item);
  },
  next: (item) => {
    const all = studio.hunks.revisions(item);
    if (all.length > 1) studio.hunks.pick(item, all[(all.indexOf(item) + 1) % all.length].revision_id);
  },
  isWhole: (item) => item.kept.size === studio.hunks.count(item),

  /** The text as it will be stored. */
  result: (item) =>
    item.revision === null ? "" : studio.hunks.isWhole(item) ? (item.final_text ?? item.revision)
    : studio.hunks.of(item).map((p) => (p.n && item.kept.has(p.n) ? p.after : p.before)).join(""),

  toggle: (item, n) => {
    item.at = n;
    if (!item.kept.delete(n)) item.kept.add(n);
  },
  move: (item, step) => {
    const count = studio.hunks.count(item);
    if (count) item.at = item.at ? ((item.at - 1 + step + count) % count) + 1 : step > 0 ? 1 : count;
  },
  criterion: (item, part) => item.criteria[part.n] ?? part.criterion ?? "",

  /** What a decision sends: the numbers of the kept edits, or null for all of them. */
  sent: (item) => ({ revision: item.revision_id, kept_hunks: studio.hunks.isWhole(item) ? null : [...item.kept].sort((a, b) => a - b), criteria: item.criteria }),

  draft: (item, view) => {
    const { h } = studio;
    if (view !== "side") return studio.plain(item.draft);
    return studio.hunks.of(item).map((p) =>
      !p.n ? studio.plain(p.before) : p.before ? [p.common, h("span", { class: item.kept.has(p.n) ? "hunk" : "hunk dropped" }, h("sup", {}, p.n), h("del", {}, studio.hunks.visible(p.before.slice(p.common.length), p.after.slice(p.common.length))))] : "");
  },

  /** The revision's words; `choose(n)` is called when an open item's edit is clicked or pressed. */
  revision: (item, view, choose) => {
    const { h, t } = studio;
    if (item.revision === null) return h("span", { class: "soft" }, t("The teacher has not revised this draft yet."));
    if (view === "final") return studio.plain(studio.hunks.result(item));
    return studio.hunks.of(item).map((p) => {
      if (!p.n) return studio.plain(p.after);
      const kept = item.kept.has(p.n);
      const [before, after] = [p.before, p.after].map((text) => text.slice(p.common.length));
      const words = kept
        ? [view === "inline" && before ? h("del", {}, studio.hunks.visible(before, after)) : "", after ? h("ins", {}, studio.hunks.visible(after, before)) : view === "side" ? h("span", { class: "gone" }, "–") : ""]
        : [h("span", { class: "gone", "aria-hidden": "true" }, "⊘"), studio.texts.spaced(before, after) ?? before];
      const label = kept ? t("edit {n}, kept", { n: p.n }) : t("edit {n}, dropped", { n: p.n });
      const classes = `hunk${kept ? "" : " dropped"}${item.at === p.n ? " at" : ""}`;
      const serves = studio.hunks.criterion(item, p);
      const title = kept ? (serves ? t("serves: {criterion}", { criterion: serves }) : null) : t("dropped: {text}", { text: p.after || "–" });
      if (!choose) return [p.common, h("span", { class: classes, title }, h("sup", {}, p.n), words)];
      return [p.common, h("span", {
        class: classes, title, role: "button", tabindex: "0", "aria-pressed": String(kept), "aria-label": `${label}. ${p.before} → ${p.after}`,
        onclick: () => { if (getSelection().isCollapsed) choose(p.n); },
        onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); choose(p.n); } },
      }, h("sup", {}, p.n), words)];
    });
  },

  /** The line under the revision: the edit under the keys, whether it is kept, and the criterion it serves. */
  tool: (item, act) => {
    const { h, t } = studio;
    const count = studio.hunks.count(item);
    if (!count) return null;
    const part = studio.hunks.of(item).find((p) => p.n && p.n === item.at);
    const name = part && studio.hunks.criterion(item, part);
    const names = item.rubric ? item.rubric.criteria.map((c) => c.name) : [];
    const button = (key, label, onclick) => h("button", { class: "act small", onclick, "aria-keyshortcuts": key }, label, h("kbd", {}, key));
    const step = (key, sign, label, by) => h("button", { class: "act small", title: label, "aria-label": label, "aria-keyshortcuts": key, onclick: () => act.move(by) }, sign, h("kbd", {}, key));
    return h("div", { class: "tool" },
      step("K", "↑", t("previous edit"), -1), step("J", "↓", t("next edit"), 1),
      h("span", { class: "num" }, part ? t("edit {n} of {count}", { n: item.at, count }) : t("{kept} of {count} edits kept", { kept: item.kept.size, count })),
      part && button("X", item.kept.has(item.at) ? t("drop") : t("keep"), () => act.toggle(item.at)),
      part && names.length > 0 && h("label", {}, t("serves"), " ",
        h("select", { class: "yields", "aria-label": t("the criterion this edit serves"), "aria-keyshortcuts": "C",
          onkeydown: (e) => { if (e.key === "Escape" || e.key === "Enter") e.target.blur(); }, onchange: (e) => act.serve(item.at, e.target.value) },
          h("option", { value: "", selected: !name }, t("not said")), names.map((one) => h("option", { value: one, selected: one === name, dir: "auto" }, one)))),
      !studio.hunks.isWhole(item) && h("button", { class: "act small", onclick: act.all }, t("keep all")));
  },
};
