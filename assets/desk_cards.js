// The cards of the review desk: draft, revision with its edits, rubric, and the item's history.
"use strict";
studio.cards = {
  desk: (item, { view, editing, isOpen, act }) => {
    const { h } = studio;
    return [
      studio.notes.sentBack(item),
      studio.turns(item.turns, (item.opened ??= {})),
      ...studio.cards.task(item),
      item.state === "disputed" && studio.cards.verdicts(item),
      isOpen && editing === null && item.others?.length
        ? h("div", { class: "desk several", style: `--teachers:${item.others.length + 1}` }, studio.hunks.revisions(item).map((one) => one === item ? studio.cards.revision(item, { view, editing, isOpen, act }) : studio.cards.other(item, one, view, act)), studio.cards.rubric(item))
        : h("div", { class: "desk" }, studio.cards.draft(item, view, act), studio.cards.revision(item, { view, editing, isOpen, act }), studio.cards.rubric(item)),
      h("div", { class: "folds" }, studio.cards.history(item, act), studio.cards.origin(item, act)),
    ].filter(Boolean);
  },

  /** The instruction and its input. */
  task: (item) => {
    const { h, texts } = studio;
    const rendered = texts.isRendered();
    const long = item.instruction.length > 260 ? "long" : "";
    return [
      h("h1", { class: rendered ? "off-screen" : long + texts.face(item, "instruction", item.instruction), dir: "auto" }, studio.plain(item.instruction)),
      rendered && h("div", { class: "task-rendered", tabindex: "0", role: "group", "aria-label": studio.t("Instruction") }, texts.rendered(item.instruction)),
      item.input && (rendered ? h("div", { class: "task-input", tabindex: "0", role: "group", "aria-label": studio.t("Input") }, texts.rendered(item.input))
        : h("p", { class: `task-input${texts.face(item, "input", item.input)}`, dir: "auto", tabindex: item.input.length > 400 || item.laid_out.includes("input") ? "0" : null }, studio.plain(item.input))),
    ];
  },

  /** The row that the item was imported from. What is known of it is asked for when somebody opens it: few look. */
  origin: (item, act) => {
    const { h, t } = studio;
    const fact = (name, value) => [h("dt", { dir: "auto" }, name), h("dd", { dir: "auto" }, studio.plain(value))];
    const opened = (item.opened ??= {});
    return h("details", { class: "history", open: Boolean(opened.origin), ontoggle: (e) => { opened.origin = e.target.open; if (e.target.open && item.origin === undefined) act.origin(item); } },
      h("summary", {}, t("Where it comes from")),
      item.origin !== undefined && h("dl", { class: "facts" }, fact(t("Data set"), item.dataset), item.origin?.id && fact(t("Row's id"), item.origin.id), Object.entries(item.origin?.metadata ?? {}).map(([name, value]) => fact(name, value))));
  },

  /** Who said what of an item on which people disagree. */
  verdicts: (item) => {
    const { h, t } = studio;
    const said = { accept: t("accepted it"), edit: t("edited and accepted it"), reject: t("rejected it") };
    const standing = [...(item.history ?? [])].reverse().filter((d) => said[d.kind] && !d.undone);
    const party = item.mine && document.documentElement.dataset.role === "annotator";
    return h("p", { class: "verdicts" }, standing.map((d, i) => [i > 0 && " · ", h("b", { dir: "auto" }, d.annotator), ` ${said[d.kind]}`]),
      party && h("span", { class: "soft" }, ` · ${t("you are one of them: deciding again changes what you said")}`));
  },

  chips: (item) => {
    const { h, t } = studio;
    const author = item.decided_by && item.final_text !== null && item.final_text !== item.revision ? item.decided_by : item.revision_author ?? "–";
    return [
      item.reason && h("span", { class: "chip", title: t("Why it comes here in this order") }, studio.said(item.reason)),
      item.slots > 1 && h("span", { class: "chip", title: t("So many people are asked about this item") }, t("{n} people wanted", { n: item.slots })),
      studio.cards.category(item),
      item.stale && h("span", { class: "chip warn", title: t("Written against other criteria than the category now has") }, item.written_against[0] === item.rubric.category ? t("stale: written against v{n}", { n: item.written_against[1] }) : t("stale: written against {category} v{n}", { category: item.written_against[0], n: item.written_against[1] })),
      item.revision_author === "reference"
        ? h("span", { class: "chip warn", title: t("No teacher model is set: this is the data set's own reference answer, not an edit of the draft") }, t("teacher: reference answer"))
        : h("span", { class: "chip", title: t("Who wrote the revision") }, t("by: {name}", { name: studio.said(author) }))];
  },

  category: (item) => {
    const { h, t } = studio;
    const a = item.assignment;
    const how = item.sorted ? t("Mean inner product with the category's members; sorted here by the data set") : t("Mean inner product with the category's members");
    if (!item.category && !a) return h("span", { class: "chip" }, t("category: not assigned yet"));
    if (!item.category) return h("span", { class: "chip warn", title: how }, t("no matching rubric (nearest {similarity}, below the floor)", { similarity: a.similarity.toFixed(2) }));
    const next = a?.runner_up && a.runner_up !== item.category ? ` · ${t("next: {category}", { category: a.runner_up })} ${a.runner_up_similarity.toFixed(2)}` : "";
    const shown = a && a.category === item.category ? ` ${a.similarity.toFixed(2)}${next}` : a?.category ? ` · ${t("nearest: {category}", { category: a.category })} ${a.similarity.toFixed(2)}` : "";
    return h("span", { class: "chip", title: how }, h("span", { dir: "auto" }, item.category), h("small", { dir: "auto" }, shown));
  },

  /** The box of an answer's words: `shown` as they are, or `text` rendered. */
  words: (item, label, text, shown) => {
    const { h, texts } = studio;
    const face = texts.face(item, "answer", ...texts.answers(item));
    const rendered = texts.isRendered() && text;
    return h("div", { class: `words${rendered ? "" : face}`, tabindex: "0", role: "group", "aria-label": label, dir: "auto" }, rendered ? texts.rendered(text) : shown);
  },

  draft: (item, view, act) => {
    const { h, t, hunks } = studio;
    const author = item.draft_author === "base" ? t("student, base model") : item.draft_author.startsWith("base of ") ? t("student {name}, base model", { name: item.draft_author.slice(8) }) : item.draft_author.startsWith("round ") ? t("student, round {n}", { n: item.draft_author.slice(6) }) : studio.said(item.draft_author);
    return h("section", { class: "card draft-card" }, h("h2", {}, t("Draft"), h("small", {}, author), h("span", { class: "grow" }), studio.texts.choice(act)),
      studio.cards.words(item, t("Draft"), item.draft, hunks.draft(item, view)));
  },

  size: (item) => {
    const { t, hunks } = studio;
    const count = hunks.count(item);
    return item.revision === null ? "" : `${count === 1 ? t("1 edit") : t("{n} edits", { n: count })} · ${studio.changed(item.changed)}`;
  },
  /** Another teacher's revision of the same draft, to be read beside the one that is decided on. */
  other: (item, one, view, act) => {
    const { h, t, hunks } = studio;
    const shown = hunks.prepare(one);
    return h("section", { class: "card other-card" },
      h("h2", {}, h("span", { dir: "auto" }, one.revision_author), h("small", { class: "num" }, studio.cards.size(one)), h("span", { class: "grow" }),
        h("button", { class: "act small", title: t("Decide on this teacher's revision"), "aria-keyshortcuts": "T", onclick: () => act.pick(one.revision_id) }, t("choose"), h("kbd", {}, "T"))),
      h("div", { class: "warnings" }, studio.cards.warnings(one.warnings)),
      studio.cards.words(item, t("Revision by {name}", { name: one.revision_author }), one.revision, hunks.revision(shown, view === "side" ? "inline" : view, null)));
  },

  revision: (item, { view, editing, isOpen, act }) => {
    const { h, t, hunks, texts } = studio;
    const size = studio.cards.size(item);
    const rendered = texts.isRendered();
    const views = [["inline", t("inline")], ["side", t("side by side")], ["final", t("final")]];
    const several = isOpen && editing === null && item.others?.length > 0;
    const name = several ? h("span", { dir: "auto" }, item.revision_author) : editing === null ? t("Revision") : t("Your edit");
    const heading = h("h2", {}, name, h("small", { class: "num" }, size), h("span", { class: "grow" }),
      several && studio.texts.choice(act),
      editing === null && !rendered && h("span", { class: "segments", role: "group", "aria-label": t("How to show the edits") },
        views.filter(([value]) => !several || value !== "side").map(([value, label]) => h("button", { "aria-pressed": String(view === value || (several && view === "side" && value === "inline")), onclick: () => act.show(value) }, label))));
    const keys = (e) => {
      if (e.isComposing) return;
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); act.save(); }
      if (e.key === "Escape") act.leave();
    };
    const body = editing === null
      ? [studio.cards.words(item, t("Revision"), hunks.result(item), hunks.revision(item, several && view === "side" ? "inline" : view, isOpen ? act.toggle : null)), isOpen && !rendered && hunks.tool(item, act)]
      : h("textarea", { class: `editor${texts.face(item, "answer", editing)}`, "aria-label": t("Revision text"), spellcheck: "true", dir: "auto", oninput: (e) => { act.type(e.target.value); studio.cards.grow(e.target); }, onkeydown: keys }, editing);
    return h("section", { class: `card revision-card${several ? " chosen" : ""}` }, heading, h("div", { class: "warnings", role: "status" }, editing === null && isOpen ? studio.cards.warnings(hunks.count(item) && !item.kept.size ? ["This is the draft, unchanged."] : item.warnings) : []), body);
  },
  warnings: (sentences) => sentences.map((sentence) => studio.h("p", {}, "⚠ ", studio.said(sentence))),
  grow: (area) => { area.style.height = "auto"; area.style.height = `${Math.min(area.scrollHeight + 4, innerHeight * 0.6)}px`; },

  rubric: (item) => {
    const { h, t, hunks } = studio;
    const served = {};
    for (const part of hunks.of(item)) if (part.n && hunks.criterion(item, part)) (served[hunks.criterion(item, part)] ??= []).push(part.n);
    const why = item.assignment ? t("No category is near enough to this instruction, so no rubric is guessed.") : t("The embedder has not read this instruction yet.");
    return h("section", { class: "card rubric-card" },
      h("h2", {}, t("Rubric"), item.rubric && h("small", {}, h("span", { dir: "auto" }, item.rubric.category), ` v${item.rubric.version}`)),
      item.rubric
        ? h("ul", { class: "rubric", tabindex: "0", "aria-label": t("Rubric") }, item.rubric.criteria.map((c) =>
            h("li", {}, h("b", { dir: "auto" }, c.name, served[c.name] && h("span", {}, t("edit {n}", { n: served[c.name].join(", ") }))),
              h("p", { class: "good", dir: "auto", title: t("what a good answer does") }, c.good), h("p", { class: "bad", dir: "auto", title: t("what a bad answer does") }, c.bad),
              item.rationale?.[c.name] && h("p", { class: "why", dir: "auto", title: t("what the teacher says") }, item.rationale[c.name]))))
        : h("div", { class: "body soft small" }, why));
  },

  stateLine: (item) => {
    const { t } = studio;
    const state = { accepted: t("accepted"), rejected: t("rejected"), waiting: t("decided by you; it waits for others"), held_out: t("held out: no round learns it"), drafted: t("not revised yet"), disputed: t("disputed") }[item.state];
    if (item.mine && item.decided_by && !item.counts_mine) return t("{state} by {name}; you had decided otherwise, and U undoes yours", { state, name: item.decided_by });
    if (item.mine && item.state === "accepted") return t("accepted by you: E and R change it, U undoes it");
    if (item.mine && item.state === "rejected") return t("rejected by you: A and E change it, U undoes it");
    return item.decided_by ? t("already {state} by {name}", { state, name: item.decided_by }) : state;
  },

  history: (item, act) => {
    const { h, t } = studio;
    const done = { accept: t("accepted it"), edit: t("edited and accepted it"), reject: t("rejected it"), skip: t("skipped it"), undo: t("undid a decision") };
    const stands = (d) => ["accept", "edit", "reject"].includes(d.kind) && !d.undone;
    const line = (d) => h("li", { class: d.undone ? "undone" : "" },
      h("b", { dir: "auto" }, d.annotator), ` ${d.sent_to ? t("sent it back to {name}", { name: d.sent_to }) : done[d.kind]}`, d.kept_hunks && ` · ${t("kept edits {n}", { n: d.kept_hunks.join(", ") || "–" })}`, d.settles && ` · ${t("settled it")}`,
      d.batch && ` · ${t("with many others")}`, ` · ${t("version {n}", { n: d.version })} · `, studio.when(d.at), d.undone && ` · ${t("undone")}`,
      stands(d) && !d.mine && h("button", { class: "act small for-owners", title: t("They decide it again, with a note from you"), onclick: () => act.sendBack(item, d.annotator) }, t("Send back")),
      d.note && h("p", { class: "why", dir: "auto" }, "✎ ", studio.plain(d.note)),
      d.kind === "edit" && h("p", { class: studio.texts.face(item, "answer", d.final_text), dir: "auto" }, d.final_text));
    const list = item.history;
    return h("details", { class: "history", open: item.showsHistory || (Boolean(list?.length) && item.state !== "disputed"), ontoggle: (e) => { if (e.target.open && !list) act.history(item); } },
      h("summary", {}, t("History"), list ? ` (${list.length})` : ""),
      list && item.hides && h("p", { class: "soft small" }, t("What others decided is shown once you have decided too.")),
      list && (list.length ? h("ol", {}, list.map(line)) : !item.hides && h("p", { class: "soft small" }, t("Nobody has decided this item yet."))));
  },
};
