// The review desk. The next items are here before they are needed, so that the next one is there at once; decisions
// leave through the outbox (outbox.js); an item's edits are drawn by hunks.js, the desk's cards by desk_cards.js.
"use strict";
studio.review = (element, server) => {
  const { h, t, call, hunks } = studio;
  const LOW = 4;
  const HOLD_EVERY = 60_000;
  const address = new URLSearchParams(location.search);
  let items = [];
  let index = 0;
  let counts = { waiting: 0, accepted: 0, rejected: 0, drafted: 0, disputed: 0 };
  let filters = null;  // the module that reads what Browse hands over, where it does
  let only = null;
  let order = studio.queues().some(([value]) => value === address.get("queue")) ? address.get("queue") : "queue";
  let decided = 0;
  const past = [];  // decided in this visit: what ← goes back to
  let view = localStorage.getItem("citing-view") || "inline";
  let editing = null;
  let noting = false;  // whether the field for a note is open
  let offered = [];  // the notes that recur
  let notice = null;
  let note = "";
  let loaded = false;
  let fetching = false;
  let since = performance.now();
  const page = h("div", { class: "page desk-page" });
  const actions = h("div", { class: "deck", role: "toolbar", "aria-label": t("Decide") });
  element.replaceChildren(page, actions);

  const current = () => items[index];
  const isOpen = (item) => item && (item.state === "waiting" || item.state === "disputed") && !(item.mine && item.state === "waiting");
  /** Of a disagreement that one is part of, an owner can make an end; another changes what they said themselves. */
  const maySettle = (item = current()) => !item?.mine || document.documentElement.dataset.role !== "annotator";
  const canDecide = (item) => isOpen(item) || item?.mine;
  /** Whether the item already is what this decision would make it, by this person's own word. */
  const isAsDecided = (item, kind) => Boolean(item?.counts_mine) && !item.note && item.state === { accept: "accepted", reject: "rejected" }[kind];
  const outbox = studio.outbox(server, { saved: (e, a) => saved(e, a), refused: (e, a) => refused(e, a), note: (text, bad) => showNote(text, bad) });
  const known = () => [...items.map((i) => i.id), ...outbox.items()];

  const fill = async () => {
    if (fetching) return;
    fetching = true;
    const asked = order;
    const answer = await call(server, "queue", { limit: 8, without: known(), queue: asked, filter: only && filters.body(only) });
    fetching = false;
    loaded = true;
    if (asked !== order) return fill();
    if (answer.error) notice = { text: studio.said(answer.error), retry: fill };
    else {
      if (notice?.retry === fill) notice = null;
      const have = new Set(known());
      const came = answer.items.filter((i) => !have.has(i.id)).map(hunks.prepare).map(studio.notes.typed);
      const next = items.length ? index + 1 : 0;  // what was sent back to this person comes before all else
      items.splice(next, 0, ...came.filter((i) => i.sent_back).map(withWork));
      items.push(...came.filter((i) => !i.sent_back));
      counts = answer.counts;
      for (const { item } of outbox.decisions()) if (isOpen(item)) counts[item.state] = Math.max(0, counts[item.state] - 1);  // on their way
    }
    if (editing === null && !noting) render();
  };

  let opened = Promise.resolve();
  /** One after another: who presses ← twice sees the second one, whichever answer comes first. */
  const open = (id) => { opened = opened.then(() => show(id)); };
  const show = async (id) => {
    const answer = await call(server, "item", { item: id });
    loaded = true;
    if (answer.error) notice = { text: studio.said(answer.error) };
    else { items = items.filter((i) => i.id !== answer.id); items.unshift(studio.notes.typed(hunks.prepare(answer))); enter(0); }
    render();
    fill();
  };

  const reorder = (value) => {
    order = value;
    only = null;
    const query = new URLSearchParams();
    if (value === "queue") query.delete("queue"); else query.set("queue", value);
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
    items = [];
    enter(0);
    loaded = false;
    render();
    fill();
  };

  // -- decisions ------------------------------------------------------------------------------------------------
  const decide = (kind, finalText = null) => {
    const item = current();
    if (!canDecide(item) || (kind === "skip" && !isOpen(item)) || isAsDecided(item, kind)) return;
    // A decided item shows the text that counts: it is that one which an acceptance keeps.
    if (kind === "accept" && !isOpen(item) && hunks.result(item) !== item.revision) return decide("edit", hunks.result(item));
    const chosen = isOpen(item) && kind !== "reject" && kind !== "skip" ? hunks.sent(item) : isOpen(item) ? { revision: item.revision_id } : {};
    outbox.push({ op: "decide", item, body: { item: item.id, version: item.version, kind, final_text: finalText, request_id: studio.id(),
      changes: Boolean(item.mine) && (item.state !== "disputed" || !maySettle()), seconds: Math.min(3600, (performance.now() - since) / 1000), note: item.note ?? "", ...chosen } });
    if (item.note && !offered.includes(item.note)) offered = [item.note, ...offered];
    notice = null;
    editing = null;
    noting = false;
    if (isOpen(item)) { // else it stays: whoever came back to change it sees what has become of it
      items.splice(index, 1);
      enter(index >= items.length ? 0 : index);
    }
    if (kind !== "skip" && isOpen(item)) { decided += 1; counts[item.state] = Math.max(0, counts[item.state] - 1); }
    render();
    if (items.length < LOW) fill();
  };

  const undo = () => {
    const item = current();
    outbox.push({ op: "undo", body: { request_id: studio.id(), item: item?.mine ? item.id : null } });
    notice = null;
    render();
  };

  const saved = (entry, answer) => {
    const item = answer.item;
    const word = { accept: t("accepted"), edit: t("edited and accepted"), reject: t("rejected"), skip: t("skipped") }[entry.body.kind] ?? t("undone");
    const wanted = { accept: "accepted", edit: "accepted", reject: "rejected" }[entry.body.kind];
    const stays = wanted && item.decided_by && wanted !== item.state;
    if (entry.op !== "undo" && !isOpen(entry.item) && entry.item === current()) { bringBack(item); render(); }
    showNote(stays ? t("your decision on item {n} is saved; what {name} decided still counts", { n: item.id, name: item.decided_by }) : t("item {n} {done} · saved", { n: item.id, done: word }));
    if (entry.op !== "undo") {
      if (entry.body.kind !== "skip") { studio.typed.drop(item.id); studio.notes.drop(item); }
      if (!isOpen(entry.item)) counts[entry.item.state] -= 1;
      if (entry.body.kind !== "skip") counts[item.state] += 1;
      if (isOpen(entry.item)) past.push(item.id);
      refreshBar();
      if (!items.length) fill();  // what was skipped comes back
      return;
    }
    counts[item.state] += 1;
    bringBack(withWork(item));
    decided = Math.max(0, decided - 1);
    if (item.learned_in) notice = { text: t("Round {round} has learned item {n} already; undoing it changes no round.", { round: item.learned_in, n: item.id }) };
    render();
  };

  /** An item whose decision was undone, with the work that was in it: the edits that were kept, the text that was typed. */
  const withWork = (item) => {
    const last = item.history?.find((one) => one.undone);
    if (last?.kind === "edit") studio.typed.keep(item.id, last.final_text);
    if (last?.kind === "accept" && last.kept_hunks) item.kept = new Set(last.kept_hunks);
    item.note = last?.note ?? "";
    return item;
  };

  const refused = (entry, answer) => {
    showNote("");
    notice = { text: studio.said(answer.error) };
    const item = answer.item ?? entry.item;
    if (item) {
      if (entry.body.final_text !== null) {
        item.typed = entry.body.final_text;
        studio.typed.keep(item.id, entry.body.final_text);
        notice.text += " " + (editing === null ? t("Your text is kept below.") : t("Your text is kept and comes next."));
      }
      bringBack(item);
    }
    fill();
    render();
  };

  /** Shows an item again: at once, or next where somebody is writing. Text that was typed for it is in the editor. */
  const bringBack = (item) => {
    const here = current();
    items = items.filter((i) => i.id !== item.id);
    const at = here && here.id !== item.id ? Math.max(0, items.indexOf(here)) : Math.min(index, items.length);
    items.splice(editing === null ? at : at + 1, 0, hunks.prepare(item));
    if (editing === null) enter(at);
    else index = items.indexOf(here);
  };
  const enter = (at) => {
    index = at;
    noting = false;
    editing = current()?.typed ?? null;
    since = performance.now();
    // The address names the item only while it is the one that is shown.
    const query = new URLSearchParams(location.search);
    if (query.has("item") && Number(query.get("item")) !== current()?.id) {
      query.delete("item");
      history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
    }
  };

  const showNote = (text, bad = false) => {
    note = text;
    const span = actions.querySelector(".note");
    if (span) { span.textContent = text; span.classList.toggle("bad", bad); }
  };

  // -- one item's edits and text ----------------------------------------------------------------------------------
  const onHunks = (change) => (...given) => {
    const item = current();
    if (!item || editing !== null || item.revision === null) return;
    change(item, ...given);
    render();
    page.querySelector(".hunk.at")?.scrollIntoView({ block: "nearest" });
  };
  const act = {
    move: onHunks((item, step) => hunks.move(item, step)),
    toggle: onHunks((item, n) => { if (isOpen(item) && n) hunks.toggle(item, n); }),
    all: onHunks((item) => { item.kept = new Set(hunks.of(item).map((p) => p.n).filter(Boolean)); }),
    pick: onHunks((item, id) => { if (isOpen(item)) hunks.pick(item, id); }),
    another: onHunks((item) => { if (isOpen(item)) hunks.next(item); }),
    serve: onHunks((item, n, name) => { item.criteria = { ...item.criteria, [n]: name }; }),
    show: (value) => { view = value; localStorage.setItem("citing-view", value); act.render(false); },
    render: (on) => { studio.texts.setRendered(on); render(); },
    sendBack: (item, to) => studio.notes.ask(element, item, to, offered, (why) => sendBack(item, to, why)),
    type: (text) => { editing = text; lookTwice(); },
    save: () => {
      if (!editing.trim()) { notice = { text: t("The edited revision is empty; reject the revision instead.") }; render(); return; }
      keepTyped();
      if (!canDecide(current())) { notice = { text: t("This item is already decided: copy your text, or leave it; it is kept in this browser.") }; render(); return; }
      const lines = (text) => text.replace(/\r\n?/g, "\n");  // as a field has them
      if (lines(editing) === lines(hunks.result(current())) && isOpen(current())) decide("accept");  // nothing was edited
      else decide("edit", editing);
    },
    copy: async () => {
      await navigator.clipboard?.writeText(editing).catch(() => null);
      page.querySelector("textarea.editor")?.select();
      showNote(t("copied"));
    },
    leave: () => { keepTyped(); delete current()?.typed; editing = null; notice = null; render(); },
    origin: async (item) => {
      const answer = await call(server, "item", { item: item.id });
      if (!answer.error) { item.origin = answer.origin; if (editing === null) render(); }
    },
    history: async (item) => {
      const answer = await call(server, "item", { item: item.id });
      if (!answer.error) { item.history = answer.history; item.hides = answer.hides; item.showsHistory = true; if (editing === null) render(); }
    },
  };
  const startEdit = () => {
    const item = current();
    if (!canDecide(item)) return;
    const fresh = item.revision === null ? item.draft : hunks.result(item);
    editing = studio.typed.get(item.id) ?? fresh;
    notice = editing === fresh ? null : { text: t("This is what you typed here before."), label: t("Start from the revision"), retry: () => { studio.typed.drop(item.id); editing = fresh; notice = null; render(); } };
    render();
  };
  // -- why --------------------------------------------------------------------------------------------------------
  const openNote = () => {
    if (!canDecide(current())) return;
    noting = true;
    render();
  };
  const closeNote = (value) => {
    if (current()) studio.notes.type(current(), value);
    noting = false;
    render();
    if (editing !== null) page.querySelector("textarea.editor")?.focus();
  };
  const noteField = (item) => {
    const before = item.note ?? "";
    return studio.notes.field(t("Why? Enter keeps it, then decide"), before, offered, { oninput: (e) => studio.notes.type(item, e.target.value), onkeydown: studio.notes.keys(before, closeNote) });
  };
  const sendBack = async (item, to, why) => {
    const answer = await call(server, "send_back", { item: item.id, to, note: why, request_id: studio.id() });
    if (answer.error) notice = { text: studio.said(answer.error) };
    else {
      notice = null;
      counts[item.state] = Math.max(0, counts[item.state] - 1);
      counts[answer.item.state] += 1;
      if (current()?.id === item.id) bringBack(answer.item);
      showNote(t("item {n} sent back to {name}", { n: item.id, name: to }));
    }
    render();
  };

  const keepTyped = () => {
    const item = current();
    if (editing === null || !item) return;
    if (editing.trim() && editing !== hunks.result(item)) studio.typed.keep(item.id, editing);
    else studio.typed.drop(item.id);
  };
  let looking = null;
  const lookTwice = () => {
    clearTimeout(looking);
    looking = setTimeout(async () => {
      const item = current();
      if (editing === null || !item) return;
      keepTyped();
      const answer = await call(server, "warnings", { item: item.id, text: editing, revision: isOpen(item) ? item.revision_id : null });
      const line = page.querySelector(".revision-card .warnings");
      if (line && current() === item && !answer.error) line.replaceChildren(...studio.cards.warnings(answer.warnings));
    }, 400);
  };

  // -- drawing --------------------------------------------------------------------------------------------------
  const empty = () =>
    !loaded ? h("div", { class: "nothing" }, t("Opening the queue …"))
    : order === "disputed" ? h("div", { class: "nothing card" }, h("h2", {}, t("No disagreements")), h("p", {}, t("Items on which people disagree appear here until somebody settles them.")),
        h("button", { class: "act main", onclick: () => reorder("queue") }, t("Back to the queue")))
    : h("div", { class: "nothing card" }, h("h2", {}, t("Nothing waits for you")),
        h("p", {}, counts.waiting ? t("{n} items wait for other people, or lie on their desks.", { n: studio.number(counts.waiting) })
          : counts.accepted ? t("{n} revisions are accepted. Train a round on them, or let the student draft more.", { n: studio.number(counts.accepted) })
          : t("Let the student draft answers and the teacher revise them; they appear here as they finish.")),
        h("span", { class: "for-owners" }, h("button", { class: "act main", onclick: more }, t("Draft and revise 16 more")), " "),
        counts.accepted ? h("a", { class: "act", href: "/rounds" }, t("Go to rounds")) : h("a", { class: "act for-owners", href: "/data" }, t("Import data")));
  const more = async () => {
    const answer = await call(server, "draft_more", { items: 16 });
    if (answer.error) notice = { text: studio.said(answer.error) };
    render();
  };

  const bar = (item) => {
    const total = decided + counts.waiting;
    return h("div", { class: "bar" },
      only ? h("span", { class: "chip only" }, t("only: {filter}", { filter: filters.words(only, []).join(" · ") || t("all items") }), h("a", { href: "/", title: t("Review everything"), "aria-label": t("Review everything") }, "✕"))
      : h("select", { class: "queues", "aria-label": t("Which items come first"), onchange: (e) => reorder(e.target.value) },
        studio.queues().map(([value, label]) => h("option", { value, selected: value === order }, label))),
      !only && h("span", { class: "num" }, t("{n} waiting", { n: studio.number(counts.waiting) })),
      !only && counts.disputed > 0 && h("span", { class: "num" }, t("{n} disputed", { n: studio.number(counts.disputed) })),
      !only && total > 0 && h("div", { class: "meter", role: "progressbar", title: t("Decided in this visit"), "aria-label": t("Decided in this visit"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.round((100 * decided) / total) }, h("i", { style: `width:${(100 * decided) / total}%` })),
      h("span", { class: "num" }, t("{n} accepted", { n: studio.number(counts.accepted) })),
      h("span", { class: "grow" }),
      item && [studio.cards.chips(item), h("span", { class: "together" }, h("a", { class: "soft num", href: `/?item=${item.id}`, title: t("The address of this item") }, t("item {n}", { n: item.id })),
        h("button", { class: "icon", title: `${t("previous item")} (←)`, "aria-label": t("previous item"), onclick: () => move(-1) }, "←"),
        h("button", { class: "icon", title: `${t("next item")} (→)`, "aria-label": t("next item"), onclick: () => move(1) }, "→"))]);
  };

  const noteLabel = (item) => (item?.note ? h("span", { dir: "auto" }, "✎ ", studio.notes.short(item.note)) : t("Note"));
  const deck = (item) => {
    const open = canDecide(item);
    const button = (key, label, press, main, enabled) =>
      h("button", { class: `act ${main ? "main" : ""}`, disabled: !enabled, onclick: press, "aria-keyshortcuts": key }, label, h("kbd", {}, key));
    const partly = item && isOpen(item) && !hunks.isWhole(item);
    const state = item && !isOpen(item) && editing === null ? studio.cards.stateLine(item) : note;
    return [
      ...(editing !== null
        ? [noting && item ? noteField(item) : "", open ? h("button", { class: "act main", onclick: act.save }, t("Save and accept"), h("kbd", {}, "Ctrl ⏎")) : h("button", { class: "act main", onclick: act.copy }, t("Copy the text")), h("button", { class: "act", onclick: act.leave }, t("Cancel"), h("kbd", {}, "Esc")), open && !noting ? h("button", { class: "act", onclick: openNote }, noteLabel(item)) : ""]
        : [button("A", partly ? t("Accept {kept} of {count}", { kept: item.kept.size, count: hunks.count(item) }) : item?.state === "disputed" && maySettle(item) ? t("Settle: accept") : t("Accept"), () => decide("accept"), true, open && !isAsDecided(item, "accept")),
           button("E", t("Edit"), startEdit, false, open), button("R", t("Reject"), () => decide("reject"), false, open && !isAsDecided(item, "reject")),
           button("S", t("Skip"), () => decide("skip"), false, isOpen(item)), button("U", t("Undo"), undo, false, true),
           noting && item ? noteField(item) : button("N", noteLabel(item), openNote, false, open)]),
      h("span", { class: "grow" }),
      h("span", { class: "note num", role: "status" }, state),
      h("button", { class: "act small help", "aria-label": t("Keys"), onclick: () => studio.keySheet(element) }, h("kbd", {}, "?"))];
  };

  const render = () => {
    const item = current();
    const focus = document.activeElement?.closest?.(".tool") ? document.activeElement.tagName : null;
    page.replaceChildren(bar(item),
      ...(notice ? [h("div", { class: "notice", role: "alert" }, h("span", { class: "grow" }, notice.text), notice.retry && h("button", { class: "act small", onclick: notice.retry }, notice.label ?? t("Retry")))] : []),
      ...(item ? studio.cards.desk(item, { view, editing, isOpen: isOpen(item), act }) : [empty()]));
    actions.replaceChildren(...deck(item).flat());
    fit();
    const area = page.querySelector("textarea.editor");
    const why = actions.querySelector("input.why");
    if (why) {
      if (area) studio.cards.grow(area);
      why.focus();
      why.setSelectionRange(why.value.length, why.value.length);
    } else if (area) {
      studio.cards.grow(area);
      if (document.activeElement !== area) { area.focus(); area.closest(".card").scrollIntoView({ block: "nearest" }); }
    }
    else if (focus) page.querySelector(`.tool ${focus}`)?.focus();
  };

  // The cards end above the actions: long texts scroll inside them, and the decision stays in sight.
  const fit = () => {
    const top = page.querySelector(".desk")?.getBoundingClientRect().top ?? 0;
    page.style.setProperty("--room", `${Math.max(200, Math.round(innerHeight - top - scrollY - 172))}px`);
  };
  window.addEventListener("resize", fit);
  page.addEventListener("toggle", fit, true);  // earlier turns push the cards down
  window.addEventListener("studio-status", fit);
  const refreshBar = () => { if (!page.querySelector(".bar select:focus")) page.querySelector(".bar")?.replaceWith(bar(current())); };
  const move = (step) => {
    if (step < 0 && index === 0) { if (past.length) open(past.pop()); return; }
    if (index + step >= items.length) return;
    enter(index + step);
    render();
    if (items.length - index < LOW) fill();
  };

  const nextView = () => { const all = ["inline", "side", "final"]; act.show(all[(all.indexOf(view) + 1) % 3]); };
  const keys = { a: () => decide("accept"), e: startEdit, r: () => decide("reject"), s: () => decide("skip"), u: undo, v: nextView,
    j: () => act.move(1), k: () => act.move(-1), x: () => act.toggle(current()?.at), t: () => act.another(), c: () => page.querySelector(".tool select")?.focus(),
    n: openNote, m: () => act.render(!studio.texts.isRendered()),
    ArrowLeft: () => move(-1), ArrowRight: () => move(1), "?": () => studio.keySheet(element) };
  document.addEventListener("keydown", (event) => {
    const press = keys[studio.keyOf(event)];
    // In the list of criteria a letter is a key of the desk too, and never chooses what begins with it.
    if (event.target.matches?.("select.yields") && event.key.length === 1 && event.key !== " " && !press) event.preventDefault();
    if (!press || editing !== null || event.repeat || !studio.isShortcut(event)) return;
    event.preventDefault();
    press();
  });
  window.addEventListener("beforeunload", (event) => { keepTyped(); if (!outbox.isEmpty || editing !== null) event.preventDefault(); });
  // When drafts or revisions arrive while nothing is left to do, show them.
  window.addEventListener("studio-status", (event) => {
    if (!event.detail.counts || !outbox.isEmpty) return;
    const changed = JSON.stringify(event.detail.counts) !== JSON.stringify(counts);
    counts = event.detail.counts;
    if (!items.length && changed && loaded) fill();
    else if (changed) refreshBar();
  });
  // What lies on this desk stays this person's while the page is looked at.
  setInterval(() => { if (!document.hidden && items.length) call(server, "hold", { items: known() }); }, HOLD_EVERY);

  render();
  call(server, "notes").then((answer) => { offered = answer.notes ?? []; });
  const asked = address.get("item");
  const begin = async () => {
    if (address.has("in")) {
      filters = await import("./lib/browse_address.js");
      only = filters.read(address);
    }
    if (asked) open(asked);
    else fill();
  };
  begin();
};

studio.queues = () => {
  const { t } = studio;
  return [["queue", t("As they came")], ["likely fine", t("Likely fine first")], ["likely wrong", t("Likely wrong first")], ["disputed", t("Disagreements")]];
};

studio.keySheet = (element) => {
  const { h, t } = studio;
  const rows = [["A", t("accept the revision, with the edits that are kept")], ["E", t("edit it, then accept (Ctrl ⏎ saves, Esc leaves)")], ["R", t("reject it")],
    ["S", t("skip: it comes back at the end")], ["U", t("undo your newest decision")], ["J K", t("next and previous edit")], ["X", t("keep or drop the edit")],
    ["T", t("decide on the next teacher's revision, where several revised")], ["C", t("say which criterion the edit serves")], ["N", t("say why, in a note that goes with the decision")], ["V", t("inline, side by side, final text")], ["M", t("the texts plain or rendered")], ["← →", t("look at the previous or next item")], ["?", t("this sheet")]];
  const sheet = h("dialog", { class: "sheet", "aria-label": t("Keys") }, h("h2", {}, t("Keys")), h("dl", {}, rows.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)])),
    h("button", { class: "act", onclick: () => sheet.close() }, t("Close")));
  sheet.addEventListener("close", () => sheet.remove());
  element.append(sheet);
  sheet.showModal();
};
