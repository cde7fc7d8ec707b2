// Why: the note that goes with a decision, and the one with which an owner sends an item back to whoever decided it.
"use strict";
studio.notes = {
  LONGEST: 2000,

  /** A field for a note; the reasons that recur are offered. */
  field: (label, value, offered, more) => {
    const { h } = studio;
    return [h("input", { type: "text", class: "why", "aria-label": label, placeholder: label, list: "notes-offered", maxlength: studio.notes.LONGEST, autocomplete: "off", dir: "auto", value, ...more }),
      h("datalist", { id: "notes-offered" }, offered.map((note) => h("option", { value: note })))];
  },
  /** Calls `done` with what was typed on Enter and with `before` on Escape; under an input method both keys are its own. */
  keys: (before, done) => (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    done(event.key === "Enter" ? event.target.value : before);
  },
  /** A note that is typed stays with its item, over a reload too, until the decision is saved. */
  type(item, value) {
    item.note = value.trim();
    if (item.note) studio.typed.keep(`note ${item.id}`, item.note);
    else this.drop(item);
  },
  drop: (item) => studio.typed.drop(`note ${item.id}`),
  typed: (item) => {
    item.note = studio.typed.get(`note ${item.id}`) ?? item.note;
    return item;
  },
  short: (note) => (note.length > 24 ? `${note.slice(0, 23)}…` : note),

  /** Where the item was sent back: who did so, and why. */
  sentBack: (item) => {
    const { h, t } = studio;
    const sent = item.sent_back;
    if (!sent) return null;
    return h("div", { class: "notice sent", role: "status" }, h("p", {},
      h("b", {}, sent.to_you ? t("{name} sent this item back to you:", { name: sent.by }) : t("{name} sent this item back to {to}:", { name: sent.by, to: sent.to })),
      " ", h("span", { dir: "auto" }, studio.plain(sent.note ?? "")), " ", h("small", {}, studio.when(sent.at))));
  },

  /** Asks for the note; `send` is called with it. */
  ask: (element, item, to, offered, send) => {
    const { h, t } = studio;
    const go = () => { const note = sheet.querySelector("input").value.trim(); if (note) { sheet.close(); send(note); } };
    const sheet = h("dialog", { class: "sheet", "aria-labelledby": "back-title" },
      h("h2", { id: "back-title" }, t("Send item {n} back to {name}?", { n: item.id, name: to })),
      h("p", { class: "soft" }, t("It waits for them alone, before everything else, with your note.")),
      item.learned_in && h("p", {}, "⚠ ", t("Round {round} has learned item {n} already; sending it back changes no round.", { round: item.learned_in, n: item.id })),
      h("p", {}, studio.notes.field(t("What should they look at?"), "", offered, { autofocus: true, required: true, onkeydown: (event) => { if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); go(); } } })),
      h("div", { class: "bar" }, h("button", { class: "act main", onclick: go }, t("Send back")), h("button", { class: "act", onclick: () => sheet.close() }, t("Cancel"))));
    sheet.addEventListener("close", () => sheet.remove());
    element.append(sheet);
    sheet.showModal();
  },
};
