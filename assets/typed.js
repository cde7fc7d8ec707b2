// What a person typed on an item and has not saved: kept in this browser, by person, until it is saved or thrown away.
"use strict";
studio.typed = {
  MOST: 50,
  key: () => `citing-typed-${document.querySelector(".me")?.dataset.name ?? ""}`,
  all() {
    try { return JSON.parse(localStorage.getItem(this.key())) ?? {}; } catch { return {}; }
  },
  get(id) { return this.all()[id]?.text ?? null; },
  keep(id, text) { this.write({ ...this.all(), [id]: { text, at: Date.now() } }); },
  drop(id) {
    const { [id]: gone, ...rest } = this.all();
    if (gone) this.write(rest);
  },
  write(all) {
    const newest = Object.entries(all).sort(([, a], [, b]) => b.at - a.at).slice(0, this.MOST);
    try { localStorage.setItem(this.key(), JSON.stringify(Object.fromEntries(newest))); } catch { /* no room: the page still holds it */ }
  },
};
