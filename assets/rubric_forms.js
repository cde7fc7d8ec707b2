// The forms of a category's card: edit its rubric, rename, merge, and its members (to split off or to move). Each is
// {node, first: what to focus, isDirty}. What is typed into a rubric is kept in this browser until it is saved.
"use strict";
studio.rubricForms = {
  /** The parts that forms share: fields with their labels, a place for what went wrong, and the closing row. */
  parts(category, { close }) {
    const { h, t } = studio;
    const told = h("div", { "aria-live": "assertive" });
    const field = (label, input, more = "") => h("label", { class: `field ${more}` }, h("span", {}, label), input);
    const text = (value, attributes = {}) => h("input", { type: "text", value, dir: "auto", autocomplete: "off", ...attributes });
    const form = (submit, ...children) => h("form", { class: "rubric-form for-owners", onsubmit: (event) => { event.preventDefault(); submit(); }, onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) { event.preventDefault(); close(); } } }, told, ...children);
    const end = (label) => h("div", { class: "end" }, h("button", { class: "act main" }, label), h("button", { class: "act", type: "button", onclick: () => close() }, t("Cancel")));
    const fail = (error) => told.replaceChildren(h("div", { class: "notice" }, studio.said(error)));
    const choose = (others, label) => h("select", { required: true, "aria-label": label }, h("option", { value: "" }, t("choose a category")), others.map((c) => h("option", { value: c.name, dir: "auto" }, c.name)));
    return { told, field, text, form, end, fail, choose };
  },

  rename(category, tools) {
    const { h, t, call } = studio;
    const { field, text, form, end, fail } = this.parts(category, tools);
    const name = text(category.name, { required: true });
    const submit = async () => {
      const answer = await call(tools.server, "rename_category", { category: category.name, version: category.rubric.version, name: name.value });
      if (answer.error) return fail(answer.error);
      return tools.close(t("“{old}” is called “{name}” now.", { old: category.name, name: answer.name }));
    };
    const node = form(submit, field(t("New name"), name, "wide"), h("p", { class: "soft small" }, t("Past decisions keep the old name, which is retired. Members, assigned instructions and the rubric go with the new one.")), end(t("Rename")));
    return { node, first: name, isDirty: () => name.value.trim() !== category.name };
  },

  merge(category, tools) {
    const { h, t, call } = studio;
    const { field, form, end, fail, choose } = this.parts(category, tools);
    const into = choose(tools.others, t("Merge into"));
    const submit = async () => {
      const other = tools.others.find((c) => c.name === into.value);
      const answer = await call(tools.server, "merge_categories", { category: category.name, version: category.rubric.version, into: other.name, into_version: other.rubric.version });
      if (answer.error) return fail(answer.error);
      return tools.close(t("“{old}” is merged into “{name}”.", { old: category.name, name: other.name }));
    };
    const node = form(submit, field(t("Merge into"), into, "wide"),
      h("p", { class: "soft small" }, t("Its {n} members and what is assigned to it get the other category's rubric, and their waiting revisions become stale. This cannot be undone; members can be split off again.", { n: studio.number(category.members) })), end(t("Merge")));
    return { node, first: into, isDirty: () => into.value !== "" };
  },

  edit(category, tools) {
    const { h, t, call } = studio;
    const { told, field, text, form, fail } = this.parts(category, tools);
    const key = `rubric ${category.name}`;
    const from = ({ rubric, description }) => ({ version: rubric.version, description, criteria: rubric.criteria.map(({ name, good, bad }) => ({ name, good, bad })) });
    const same = (a, b) => JSON.stringify([a.description, a.criteria]) === JSON.stringify([b.description, b.criteria]);
    const kept = () => { try { return JSON.parse(studio.typed.get(key)); } catch { return null; } };
    const restored = kept();
    let state = restored ?? from(category);
    const rows = h("div", { class: "criteria" });
    const about = h("textarea", { rows: "1", dir: "auto", oninput: (e) => { state.description = e.target.value; touch(); } }, state.description);
    const save = h("button", { class: "act main" });
    const add = h("button", { class: "act small", type: "button", onclick: () => { state.criteria.push({ name: "", good: "", bad: "" }); touch(); draw(); rows.lastChild.querySelector("input").focus(); } }, t("Add a criterion"));
    const newest = () => tools.find(category.name) ?? category;
    const isDirty = () => !same(state, from(newest()));
    const touch = () => (isDirty() ? studio.typed.keep(key, JSON.stringify(state)) : studio.typed.drop(key));

    const change = (at, by) => {
      const [one] = state.criteria.splice(at, 1);
      if (by !== null) state.criteria.splice(at + by, 0, one);
      touch();
      draw();
      const next = rows.children[Math.min(at + (by ?? 0), rows.children.length - 1)];
      (by === null ? next?.querySelector("input") : next?.querySelector(`[data-by="${by}"]:not(:disabled)`) ?? next?.querySelector("button:not(:disabled)"))?.focus();
    };
    const row = (one, at) => {
      const put = (part) => (e) => { one[part] = e.target.value; touch(); };
      const line = (part, label) => field(label, h("textarea", { rows: "2", required: true, dir: "auto", oninput: put(part) }, one[part]), part);
      const button = (by, sign, label, disabled) => h("button", { class: "icon", type: "button", "data-by": by, title: label, "aria-label": label, disabled, onclick: () => change(at, by) }, sign);
      return h("fieldset", {}, h("legend", { class: "off-screen" }, t("Criterion {n}", { n: at + 1 })),
        field(t("Criterion {n}", { n: at + 1 }), text(one.name, { required: true, oninput: put("name") }), "name"), line("good", t("what a good answer does")), line("bad", t("what a bad answer does")),
        h("div", { class: "moves" }, button(-1, "↑", t("move criterion {n} up", { n: at + 1 }), at === 0), button(1, "↓", t("move criterion {n} down", { n: at + 1 }), at === state.criteria.length - 1), button(null, "✕", t("remove criterion {n}", { n: at + 1 }), state.criteria.length === 1)));
    };
    const draw = () => {
      rows.replaceChildren(...state.criteria.map(row));
      about.value = state.description;
      add.disabled = state.criteria.length >= tools.limits.criteria;
      save.textContent = t("Save as version {n}", { n: state.version + 1 });
    };
    const take = () => { state = from(newest()); touch(); draw(); told.replaceChildren(); };
    const send = async () => {
      const answer = await call(tools.server, "edit_rubric", { category: category.name, version: state.version, criteria: state.criteria, description: state.description });
      if (!answer.error) { studio.typed.drop(key); return tools.close(t("Version {n} is saved.", { n: answer.version })); }
      fail(answer.error);
      await tools.reload();
      return newest().rubric.version > state.version ? conflict(answer.error) : null;
    };
    /** Somebody saved a newer version: it is shown beside what was typed, which stays as it is. */
    const conflict = async (error) => {
      const now = newest().rubric;
      const history = await call(tools.server, "rubric_history", { category: category.name });
      const newer = (history.events ?? []).filter((e) => e.kind === "version" && e.category === category.name && e.version > state.version);
      told.replaceChildren(h("div", { class: "conflict" }, h("div", { class: "notice" }, studio.said(error)),
        h("p", { class: "small" }, t("Nothing of yours is lost: it stands below. What was changed meanwhile:")),
        newer.map((e) => studio.rubricChanges(e)),
        h("div", { class: "end" },
          h("button", { class: "act small", type: "button", onclick: () => { state.version = now.version; touch(); draw(); send(); } }, t("Save mine as version {n}", { n: now.version + 1 })),
          h("button", { class: "act small", type: "button", onclick: take }, t("Take version {n} instead of mine", { n: now.version })))));
      told.scrollIntoView({ block: "nearest" });
    };

    draw();
    if (restored) {
      told.replaceChildren(h("div", { class: "notice" }, h("span", { class: "grow" }, t("What you typed earlier and did not save is back.")), h("button", { class: "act small", type: "button", onclick: take }, t("Start from version {n}", { n: category.rubric.version }))));
      if (category.rubric.version > state.version) conflict(t("Version {n} was saved since you began.", { n: category.rubric.version }));
    }
    const node = form(send, field(t("What the category is about"), about, "wide"), rows, h("div", { class: "end" }, save, h("button", { class: "act", type: "button", onclick: () => tools.close() }, t("Cancel")), h("span", { class: "grow" }), add));
    return { node, first: rows.querySelector("input"), isDirty };
  },

  members(category, tools) {
    const { h, t, call } = studio;
    const { told, field, text, fail, choose } = this.parts(category, tools);
    const chosen = new Set();
    let all = [];
    const name = text("", { required: true });
    const about = text("");
    const into = tools.others.length ? choose(tools.others, t("Move to")) : null;
    const splitting = h("button", { class: "act main" });
    const moving = h("button", { class: "act" });
    const list = h("div", { class: "members", tabindex: "0", role: "group", "aria-label": t("Members") }, h("p", { class: "soft small" }, t("Reading the members …")));
    const count = () => {
      const n = studio.number(chosen.size);
      const possible = chosen.size > 0 && chosen.size < all.length;
      splitting.textContent = chosen.size === 1 ? t("Split off 1 member") : t("Split off {n} members", { n });
      moving.textContent = chosen.size === 1 ? t("Move 1 member") : t("Move {n} members", { n });
      splitting.disabled = moving.disabled = !possible;
    };
    const tick = (ids, on) => {
      for (const id of ids) if (on) chosen.add(id); else chosen.delete(id);
      for (const box of list.querySelectorAll("input")) box.checked = chosen.has(Number(box.value));
      count();
    };
    const group = (rows, title) => {
      const hidden = rows.filter((one) => one.text === null).length;
      return h("fieldset", {}, h("legend", {}, title, h("button", { class: "act small for-owners", type: "button", onclick: () => { chosen.clear(); tick(rows.map((one) => one.id), true); } }, t("Tick these {n}", { n: studio.number(rows.length) }))),
        h("ul", {}, rows.filter((one) => one.text !== null).map((one) => h("li", {}, h("label", {}, h("input", { class: "for-owners", type: "checkbox", value: one.id, onchange: (e) => tick([one.id], e.target.checked) }), h("span", { dir: "auto" }, studio.plain(one.text)))))),
        hidden > 0 && h("p", { class: "soft small" }, t("and {n} more like these", { n: studio.number(hidden) })));
    };
    const read = async () => {
      const answer = await call(tools.server, "members", { category: category.name });
      if (answer.error) { list.replaceChildren(); return fail(answer.error); }
      all = answer.members;
      const groups = [0, 1].map((number) => all.filter((one) => one.group === number));
      const others = all.filter((one) => one.group === null);
      list.replaceChildren(...[
        ...(groups[1].length ? [h("p", { class: "soft small" }, t("Their embeddings fall into two groups, the most typical of each first.")), group(groups[0], t("Group 1")), group(groups[1], t("Group 2"))] : []),
        others.length > 0 && group(others, groups[1].length ? t("Not embedded yet") : t("Members")),
        !all.length && h("p", { class: "soft small" }, t("This category has no members: nothing is assigned to it.")),
        answer.left_out > 0 && h("p", { class: "soft small" }, t("{n} further members are not listed and stay.", { n: studio.number(answer.left_out) })),
      ].filter(Boolean));
      return count();
    };
    const send = async (what, body, sentence) => {
      const answer = await call(tools.server, what, { category: category.name, version: category.rubric.version, members: [...chosen], ...body });
      if (answer.error) return fail(answer.error);
      return tools.close(sentence(answer));
    };
    const other = () => tools.others.find((c) => c.name === into.value);
    const onsubmit = (act) => (event) => { event.preventDefault(); act(); };
    const split = () => send("split_category", { name: name.value, description: about.value }, (answer) => t("“{name}” is a category of its own now, with a copy of the rubric.", { name: answer.name }));
    const move = () => send("move_members", { into: other().name, into_version: other().rubric.version }, (answer) => (answer.members === 1 ? t("1 member was moved to “{name}”.", { name: other().name }) : t("{n} members were moved to “{name}”.", { n: studio.number(answer.members), name: other().name })));
    const node = h("div", { class: "rubric-form", tabindex: "-1", onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) tools.close(); } }, told, list,
      h("div", { class: "two for-owners" },
        h("form", { onsubmit: onsubmit(split) }, h("h3", {}, t("Make a category of those ticked")), field(t("Name of the category"), name, "wide"), field(t("What the category is about"), about, "wide"), splitting),
        into && h("form", { onsubmit: onsubmit(move) }, h("h3", {}, t("Or move them to another category")), field(t("Move to"), into, "wide"), moving)),
      h("div", { class: "end" }, h("button", { class: "act", type: "button", onclick: () => tools.close() }, t("Close"))));
    count();
    read();
    return { node, first: node, isDirty: () => chosen.size > 0 || name.value !== "" };
  },
};
