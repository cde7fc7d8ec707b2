// The browse page: filters, sort, search and the place in the list are the page's address, so that a link shows the
// same. Pages are asked for by the key of the row before them; each question of this page ends the one before it.
"use strict";
studio.browse = (element, server) => {
  const { h, t, call } = studio;
  const STATES = [["waiting", "○", t("waiting")], ["disputed", "≠", t("disputed")], ["accepted", "✓", t("accepted")], ["rejected", "✕", t("rejected")], ["drafted", "…", t("no revision yet")], ["held_out", "–", t("held out")]];
  const NAMES = [["category", t("Category")], ["dataset", t("Data set")], ["round", t("Drafted by")], ["teacher", t("Teacher")], ["annotator", t("Decided by")], ["criterion", t("Criterion")], ["curriculum", t("Curriculum")]];
  const METADATA = t("Other column");
  const RANGES = [["similarity", t("Similarity to rubric"), 1, 0.01], ["edit", t("Edit size in %"), 100, 1]];
  const SORTS = [["newest", t("newest first")], ["oldest", t("oldest first")], ["queue", t("order of the queue")], ["decided", t("decided last")], ["largest edit", t("largest edit first")], ["smallest edit", t("smallest edit first")], ["best rubric", t("nearest to its rubric")], ["worst rubric", t("farthest from its rubric")]];
  const WAIT = 120;
  const A_DAY = 86_400_000;
  const token = studio.id();
  const state = studio.browseAddress.read(new URLSearchParams(location.search));
  let before = history.state?.before ?? []; // the keys of the pages before this one
  let held = {};
  let rows = null;
  let next = null;
  let counts = null;
  let notice = null;
  let busy = false;
  let turn = 0;
  let timer = null;

  const page = h("div", { class: "page browse" });
  const search = h("input", { type: "search", class: "search", placeholder: t("Search in all texts"), "aria-label": t("Search in all texts"), "aria-keyshortcuts": "/", maxlength: "500", value: state.text,
    oninput: (event) => { if (!event.isComposing) typed(); }, oncompositionend: () => typed(),
    onkeydown: (event) => { if (event.key === "Escape" && !event.isComposing) { search.blur(); list.querySelector("a")?.focus(); } } });
  const sorts = h("select", { "aria-label": t("Sorted by"), onchange: () => narrow({ sort: sorts.value }) }, SORTS.map(([value, text]) => h("option", { value, selected: value === state.sort }, text)));
  const more = h("details", { open: innerWidth > 760 });
  const top = h("div", { class: "bar" });
  const said = h("div", { "aria-live": "polite" });
  const list = h("div", { class: "list" });
  const foot = h("nav", { class: "bar pager", "aria-label": t("Pages of the list") });
  element.replaceChildren(page);
  page.append(h("h1", { class: "off-screen" }, t("Browse all items")),
    h("section", { class: "card filters", "aria-label": t("Filters") }, h("div", { class: "line" }, h("span", { class: "find" }, search, h("kbd", {}, "/")), h("label", { class: "sort" }, t("Sorted by"), sorts)), more), said, top, list, foot);

  // -- asking -----------------------------------------------------------------------------------------------------
  const load = async (step = false) => {
    clearTimeout(timer);
    const asked = (turn += 1);
    busy = true;
    remember(step);
    render();
    const answer = await call(server, "list_items", { ...studio.browseAddress.body(state), sort: state.sort, after: state.after, token });
    if (asked !== turn) return;
    if (answer.cancelled) return load(); // an older question was served late and ended this one
    busy = false;
    if (answer.error) notice = { text: answer.error, act: t("Retry"), do: retry };
    else {
      if (notice?.do === retry) notice = null;
      ({ rows, next } = answer);
      counts = answer.counts ?? counts;
    }
    render();
    if (!answer.error && counts === null) count(asked);
  };
  const retry = () => load();
  const count = async (asked) => {
    const answer = await call(server, "count_items", { ...studio.browseAddress.body(state), token });
    if (asked !== turn || answer.cancelled) return;
    if (answer.error) notice = { text: answer.error, act: t("Retry"), do: retry };
    else counts = answer.counts;
    render();
  };
  /** The address is that of what is shown; turning a page is a step that the browser's Back takes back. */
  const remember = (step) => history[step ? "pushState" : "replaceState"]({ before }, "", location.pathname + studio.browseAddress.write(state, location.search));
  window.addEventListener("popstate", (event) => {
    Object.assign(state, studio.browseAddress.read(new URLSearchParams(location.search)));
    before = event.state?.before ?? [];
    search.value = state.text;
    sorts.value = state.sort;
    counts = null;
    drawFilters();
    load();
  });
  const narrow = (change) => {
    Object.assign(state, change, { after: null });
    before = [];
    counts = null;
    drawFilters();
    load();
  };
  const typed = () => { clearTimeout(timer); timer = setTimeout(() => search.value.trim() !== state.text && narrow({ text: search.value.trim() }), WAIT); };
  const forward = () => { if (next && !busy) { before = [...before, state.after]; state.after = next; turnPage(); } };
  const back = () => { if (state.after && !busy) { state.after = before.at(-1) ?? null; before = before.slice(0, -1); turnPage(); } };
  const first = () => { before = []; state.after = null; return turnPage(); };
  const turnPage = async () => { await load(true); scrollTo({ top: 0 }); if (!element.contains(document.activeElement) || foot.contains(document.activeElement)) list.querySelector("a")?.focus({ preventScroll: true }); };

  // -- one decision on all ------------------------------------------------------------------------------------------
  const words = () => studio.browseAddress.words(state, STATES.map(([name, , text]) => [name, text]));
  const decideAll = (kind) => {
    const n = counts.waiting;
    const chosen = words();
    const go = h("button", { class: "act main", onclick: () => { sheet.close(); send(kind, n); } }, kind === "accept" ? t("Accept all {n}", { n: studio.number(n) }) : t("Reject all {n}", { n: studio.number(n) }));
    const sheet = h("dialog", { class: "sheet", "aria-labelledby": "bulk-title" },
      h("h2", { id: "bulk-title" }, kind === "accept" ? t("Accept {n} waiting revisions as they are?", { n: studio.number(n) }) : t("Reject {n} waiting revisions?", { n: studio.number(n) })),
      h("p", {}, chosen.length ? t("All that wait for you among the items with:") : t("All that wait for you, without any filter.")),
      chosen.length ? h("ul", {}, chosen.map((one) => h("li", {}, one))) : null,
      kind === "accept" && counts.unchanged > 0 && h("p", {}, "⚠ ", counts.unchanged === 1 ? t("1 of them equals its draft.") : t("{n} of them equal their drafts.", { n: studio.number(counts.unchanged) })),
      h("p", { class: "soft" }, t("They are decided in your name, as one batch that can be undone as one.")),
      h("div", { class: "bar" }, go, h("button", { class: "act", autofocus: true, onclick: () => sheet.close() }, t("Cancel"))));
    sheet.addEventListener("close", () => sheet.remove());
    element.append(sheet);
    sheet.showModal();
  };
  const send = async (kind, expected) => {
    const body = { ...studio.browseAddress.body(state), kind, expected, request_id: studio.id() };
    tell({ text: t("Deciding {n} items …", { n: studio.number(expected) }) });
    const answer = await again("decide_all", body);
    if (answer.error) tell({ text: answer.error, bad: true });
    else tell({ text: kind === "accept" ? t("{n} revisions accepted.", { n: studio.number(answer.decided) }) : t("{n} revisions rejected.", { n: studio.number(answer.decided) }), act: t("Undo all {n}", { n: studio.number(answer.decided) }), do: () => undoAll(answer.batch) });
    counts = null;
    first();
  };
  const undoAll = async (batch) => {
    tell({ text: t("Undoing …") });
    const answer = await again("undo_all", { batch });
    tell(answer.error ? { text: answer.error, bad: true } : { text: t("{n} decisions undone; these items wait again.", { n: studio.number(answer.undone) }) });
    counts = null;
    first();
    choices();
  };
  /** What was decided at once stays undoable at once, also after leaving the page. */
  const offerUndo = ({ batch, kind, decided, at, by_rule: byRule }) => {
    const n = studio.number(decided);
    tell({ text: [byRule ? t("A curriculum accepted {n} revisions in your name.", { n }) : kind === "accept" ? t("You accepted {n} revisions at once.", { n }) : t("You rejected {n} revisions at once.", { n }), " ", studio.when(at)], act: t("Undo all {n}", { n }), do: () => undoAll(batch) });
  };
  /** The same request until the studio answers: its id makes it one. */
  const again = async (name, body) => {
    for (let tries = 0; ; tries += 1) {
      const answer = await call(server, name, body);
      if (!answer.offline || tries === 4) return answer;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries));
    }
  };
  const tell = (what) => { notice = what; render(); };

  // -- drawing ------------------------------------------------------------------------------------------------------
  const choice = (name, label) => {
    const shown = (value) => (name === "round" ? (Number(value) ? t("round {n}", { n: value }) : t("base model or import")) : name === "teacher" ? studio.said(value) : value);
    const values = (held[name] ?? []).map(String);
    if (state[name] && !values.includes(state[name])) values.push(state[name]);
    return h("label", {}, label, h("select", { "aria-label": label, "data-key": name, onchange: (event) => narrow({ ...(name === "metadata_key" && { metadata_value: null }), [name]: event.target.selectedOptions[0].dataset.any ? null : event.target.value }) },
      h("option", { "data-any": "1", selected: state[name] === null }, t("any")),
      name === "category" && h("option", { value: "", selected: state[name] === "" }, t("no matching rubric")),
      values.map((value) => h("option", { value, selected: value === state[name], dir: "auto" }, shown(value)))));
  };
  const range = ([name, label, most, step]) => {
    const bound = (at, text) => h("input", { type: "number", min: name === "similarity" ? "-1" : "0", max: most, step, placeholder: text, "aria-label": `${label} ${text}`, "data-key": `${name}-${at}`, value: state[name][at],
      onchange: ({ target }) => { const bound = (target.defaultValue = target.value); setTimeout(() => narrow({ [name]: state[name].with(at, bound) })); } }); // first the focus moves on
    return h("div", { class: "range", role: "group", "aria-label": label }, h("span", {}, label), h("span", {}, bound(0, t("from")), bound(1, t("to"))));
  };
  const typedIn = (name, label, example) => h("label", {}, label, h("input", { type: "text", maxlength: "1000", dir: "auto", "aria-label": label, "data-key": name, placeholder: example, value: state[name] ?? "",
    onchange: ({ target }) => { const value = (target.defaultValue = target.value); setTimeout(() => narrow({ [name]: value || null })); } }));
  /** By the row that an item came from: only where rows brought an id, or columns that are not read. */
  const byRow = () => [
    (held.row_id?.length || state.row_id !== null) && typedIn("row_id", t("Row's id"), held.row_id?.[0] ?? ""),
    (held.metadata_key?.length || state.metadata_key !== null) && choice("metadata_key", METADATA),
    state.metadata_key !== null && typedIn("metadata_value", t("Its value"), t("any value"))];
  const drawFilters = () => {
    const at = document.activeElement;
    if (more.contains(at) && at.matches("input") && at.value !== at.defaultValue) return; // drawn when what is typed is taken
    const number = words().length - (state.text ? 1 : 0);
    studio.replace(more,
      h("summary", { "data-key": "filters" }, t("Filters"), number ? h("span", { class: "chip num" }, number) : null),
      h("div", { class: "states", role: "group", "aria-label": t("State") }, STATES.map(([name, sign, text]) =>
        h("button", { class: `act small state ${name}`, "data-key": `state-${name}`, "aria-pressed": String(state.states.includes(name)), onclick: () => narrow({ states: state.states.includes(name) ? state.states.filter((one) => one !== name) : [...state.states, name] }) }, h("i", { "aria-hidden": "true" }, sign), text)),
        h("button", { class: "act small state stale", "data-key": "stale", "aria-pressed": String(state.stale), title: t("Written against other criteria than the category now has"), onclick: () => narrow({ stale: !state.stale }) }, h("i", { "aria-hidden": "true" }, "↻"), t("stale")),
        h("button", { class: "act small state noted", "data-key": "noted", "aria-pressed": String(state.note !== null), onclick: () => narrow({ note: state.note === null ? "" : null }) }, h("i", { "aria-hidden": "true" }, "✎"), t("with a note")),
        words().length ? h("button", { class: "act small clear", onclick: clear }, t("Clear all")) : null),
      h("div", { class: "line chosen" }, NAMES.map(([name, label]) => choice(name, label)), byRow(), RANGES.map(range),
        h("label", {}, t("Note holds"), h("input", { type: "text", maxlength: "500", "data-key": "note", dir: "auto", value: state.note ?? "", onchange: ({ target }) => { const note = (target.defaultValue = target.value.trim()); setTimeout(() => narrow({ note: note || (state.note === null ? null : "") })); } }))));
  };
  const clear = () => { search.value = ""; narrow(studio.browseAddress.empty()); };

  const row = (item) => {
    const [, sign, word] = STATES.find(([name]) => name === item.state);
    return h("li", {}, h("a", { href: `/?item=${item.id}`, class: `row ${item.state}` },
      h("span", { class: `state ${item.state}` }, h("i", { "aria-hidden": "true" }, sign), word),
      h("span", { class: "texts" }, h("b", { dir: "auto" }, studio.plain(item.instruction)), h("span", { class: "soft", dir: "auto" }, studio.plain(item.draft)), item.note && h("span", { class: "soft", dir: "auto", title: t("Note") }, "✎ ", studio.plain(item.note))),
      h("span", { class: "about", dir: item.category ? "auto" : null }, item.category ?? (item.similarity === null ? t("not assigned yet") : t("no matching rubric")), h("small", { class: "num", title: t("Similarity to the category's members") }, item.similarity === null ? "" : item.similarity.toFixed(2))),
      h("span", { class: "about" }, item.edit_size === null ? "–" : studio.changed(item.edit_size), h("small", { dir: "auto" }, studio.said(item.teacher) ?? "")),
      h("span", { class: "about", dir: "auto" }, item.dataset, h("small", {}, item.round ? t("round {n}", { n: item.round }) : studio.said(item.author))),
      h("span", { class: "about", dir: item.deciders.length ? "auto" : null }, item.deciders.length ? item.deciders.join(", ") : "–", h("small", {}, item.decided_at ? studio.when(item.decided_at) : t("item {n}", { n: item.id })))));
  };
  const place = () => {
    if (rows === null) return "";
    const all = counts ? studio.number(counts.all) : "…";
    if (!rows.length) return t("{n} items", { n: "0" });
    const from = state.after === null ? 1 : before.length ? before.length * 50 + 1 : null;
    return from === null ? t("{n} items", { n: all }) : t("{from}–{to} of {all}", { from: studio.number(from), to: studio.number(from + rows.length - 1), all });
  };
  const nothing = () =>
    words().length
      ? h("div", { class: "nothing card" }, h("h2", {}, t("Nothing passes this filter")), h("p", {}, words().join(" · ")), h("button", { class: "act main", onclick: clear }, t("Clear all")))
      : h("div", { class: "nothing card" }, h("h2", {}, t("There are no items yet")), h("p", {}, t("An item is a draft with its revisions. Import data, or let the student draft.")), h("a", { class: "act main", href: "/data" }, t("Import data")));
  const render = () => {
    said.replaceChildren(...(notice ? [h("div", { class: "notice", role: notice.bad ? "alert" : "status" }, h("span", { class: "grow" }, Array.isArray(notice.text) ? notice.text : studio.said(notice.text)), notice.act && h("button", { class: "act small", onclick: notice.do }, notice.act))] : []));
    const waiting = counts?.waiting ?? 0;
    top.replaceChildren(
      h("span", { class: "num place", role: "status" }, busy ? (state.text ? t("Searching …") : t("Reading …")) : place()), h("span", { class: "grow" }),
      rows?.length && !busy ? h("a", { class: "act small for-owners", href: `/data?export=browse&${studio.browseAddress.write({ ...state, after: null, sort: "newest" }, "").slice(1)}` }, t("Export these")) : "",
      waiting && !busy ? h("a", { class: "act small", href: `/?in=1&${studio.browseAddress.write({ ...state, after: null }, "").slice(1)}` }, t("Review these {n}", { n: studio.number(waiting) })) : "",
      ...(waiting && !busy ? [["accept", t("Accept all {n} waiting", { n: studio.number(waiting) })], ["reject", t("Reject all {n} waiting", { n: studio.number(waiting) })]] : []).map(([kind, text]) => h("button", { class: "act small", "data-all": kind, onclick: () => decideAll(kind) }, text)));
    list.setAttribute("aria-busy", String(busy));
    if (rows === null) list.replaceChildren(...(notice ? [] : [h("div", { class: "nothing" }, t("Reading the items …"))]));
    else if (!busy) list.replaceChildren(rows.length ? h("ul", { class: "rows card" }, rows.map(row)) : nothing());
    foot.replaceChildren(...(rows?.length ? [
      state.after !== null && before.length === 0 ? h("button", { class: "act", onclick: first }, t("First page"), h("kbd", {}, "P")) : h("button", { class: "act", disabled: state.after === null, onclick: back }, t("Previous"), h("kbd", {}, "P")),
      h("button", { class: "act", disabled: next === null, onclick: forward }, t("Next"), h("kbd", {}, "N")),
      h("span", { class: "grow" }), h("span", { class: "keys" }, h("kbd", {}, "J"), " ", h("kbd", {}, "K"), " ", t("move"), " · ", h("kbd", {}, "⏎"), " ", t("open"))] : []));
  };

  // -- keys ---------------------------------------------------------------------------------------------------------
  const move = (step) => {
    const links = [...list.querySelectorAll("a.row")];
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  };
  const keys = { "/": () => { search.focus(); search.select(); }, j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), n: forward, p: back };
  document.addEventListener("keydown", (event) => {
    const act = keys[studio.keyOf(event)];
    if (!act || !studio.isShortcut(event)) return;
    event.preventDefault();
    act();
  });

  drawFilters();
  load();
  const choices = async () => {
    const answer = await call(server, "filter_choices");
    if (answer.error) return;
    held = answer;
    drawFilters();
    if (answer.batch && !notice && Date.now() - new Date(answer.batch.at) < A_DAY) offerUndo(answer.batch);
  };
  choices();
};
