// The data page.
"use strict";
studio.data = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page", style: "padding-bottom:0" });
  element.replaceChildren(page);
  const NEWEST = 5;
  let drawn = "";
  let notice = "";
  let data = null;
  const DRAFTS = "32";
  const count = h("input", { type: "number", min: "1", max: "10000", value: DRAFTS, placeholder: DRAFTS, "aria-label": t("draft and revise") });
  const from = h("select", { "aria-label": t("by") });
  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    load();
  };
  // What is asked about one data set or import: { what: "rename" | "delete" | "back", key, name, goes, error }
  let open = null;
  let showsAll = false;  // of the imports more than the newest
  const ASKS = { delete: ["dataset_goes", (key) => ({ dataset: key })], back: ["import_goes", (key) => ({ number: key })] };
  const ask = async (what, key) => {
    open = open?.what === what && open.key === key ? null : { what, key, name: key };
    const asked = open;
    if (open && ASKS[what]) {
      const answer = await call(server, ASKS[what][0], ASKS[what][1](key));
      Object.assign(asked, answer.error ? { error: said(answer.error) } : { goes: answer });
    }
    await load();
    page.querySelector(".asked .first")?.focus();
  };
  const change = async (name, body) => {
    const asked = open;
    const answer = await call(server, name, body);
    if (answer.error) Object.assign(asked, { error: said(answer.error), goes: null });
    else open = null;
    load();
  };
  const goes = ({ rows, drafts, answers, replaced }) => [
    t("This removes {rows} rows and {drafts} drafts with their revisions.", { rows: studio.number(rows), drafts: studio.number(drafts) }),
    answers > 0 && [" ", t("{n} rows of others lose the answers that came with it.", { n: studio.number(answers) })],
    replaced > 0 && [" ", t("{n} rows get their old text back.", { n: studio.number(replaced) })]];
  const cancel = () => h("button", { class: "act small", type: "button", onclick: () => { open = null; load(); } }, t("Cancel"));
  const asking = (doing, act) => h("div", { class: "asked", role: "alert" },
    open.error ? h("p", { class: "notice" }, open.error) : h("p", {}, goes(open.goes)),
    h("div", {}, !open.error && h("button", { class: "act small main first", onclick: act }, doing), " ", cancel()));
  const naming = (key) => h("form", { class: "asked", onsubmit: (e) => { e.preventDefault(); change("rename_dataset", { dataset: key, name: open.name }); } },
    open.error && h("p", { class: "notice", role: "alert" }, open.error),
    h("input", { class: "first", type: "text", maxlength: "100", value: open.name, dir: "auto", "aria-label": t("New name of {name}", { name: key }), oninput: (e) => (open.name = e.target.value) }),
    h("button", { class: "act small main" }, t("Save")), cancel());
  // Below the table, which may be wider than its card.
  const below = (what, shown) => open?.what === what && (what === "rename" || open.goes || open.error) && h("div", { class: "plain body" }, shown());
  const datasetRow = (d) =>
    h("tr", {}, h("td", {}, h("span", { dir: "auto" }, d.name.split(/(?<=[_/-])/).flatMap((part) => [h("wbr"), part])), d.held_out && [" ", h("span", { class: "chip" }, t("only to measure on"))]), [d.train, d.validation, d.test].map((n) => h("td", {}, studio.number(n))),
      h("td", { class: "for-owners acts" }, d.name !== data.bundled && [
        h("button", { class: "act small", "aria-label": t("Rename {name}", { name: d.name }), onclick: () => ask("rename", d.name) }, t("Rename")), " ",
        h("button", { class: "act small", "aria-label": t("Delete {name}", { name: d.name }), onclick: () => ask("delete", d.name) }, t("Delete"))]));
  const importRow = (one) =>
    h("tr", {}, h("td", {}, h("span", { dir: "auto" }, one.file), one.file !== one.dataset && [" ", h("span", { class: "soft", dir: "auto" }, one.dataset)]),
      h("td", { dir: "auto" }, one.by, " ", studio.when(one.at)), ["imported", "updated", "duplicates", "rejected"].map((name) => h("td", {}, studio.number(one.counts[name] ?? 0))),
      h("td", { class: "for-owners" }, one.taken_back_at ? t("taken back") : one.is_left && h("button", { class: "act small", "aria-label": t("Take back {name}", { name: one.file }), onclick: () => ask("back", one.number) }, t("Take back"))));
  const importsCard = () => data.imports.length > 0 && h("section", { class: "card", style: "grid-column:1/-1" }, h("h2", {}, t("Imports"), h("small", {}, t("newest first"))),
    studio.scroll(t("Imports"), h("table", { class: "plain" },
      h("tr", {}, [t("file"), t("imported by"), t("imported"), t("updated"), t("duplicates"), t("rejected")].map((text) => h("th", {}, text)), h("th", { class: "for-owners" })),
      data.imports.slice(0, showsAll ? undefined : NEWEST).map(importRow))),
    data.imports.length > NEWEST && !showsAll && h("p", { class: "body" }, h("button", { class: "act small", onclick: () => { showsAll = true; drawn = ""; load(); } }, t("Show all {n}", { n: studio.number(data.imports.length) }))),
    below("back", () => asking(t("Take back {name}", { name: data.imports.find((one) => one.number === open.key)?.file }), () => change("take_back", { number: open.key }))));
  const load = async () => {
    const answer = await call(server, "overview");
    if (!answer.error) data = answer;
    const sentence = said(answer.error) ?? notice;
    const shown = JSON.stringify([data, sentence, open && { ...open, name: "" }]);
    if (shown === drawn) return;
    drawn = shown;
    const told = sentence ? [h("div", { class: "notice", role: "alert" }, sentence)] : [];
    if (!data) return page.replaceChildren(...told);
    const value = from.value;
    from.replaceChildren(h("option", { value: "" }, t("the base model")), ...data.models.map((n) => h("option", { value: n }, t("round {n}", { n }))));
    from.value = value || "";
    page.replaceChildren(
      ...told,
      h("div", { class: "cards two" },
        h("section", { class: "card" }, h("h2", {}, t("Data sets"), h("small", {}, t("split 8 : 1 : 1 by content"))),
          studio.scroll(t("Data sets"), h("table", { class: "plain sets" }, h("tr", {}, [t("name"), t("train"), t("validation"), t("test")].map((text) => h("th", {}, text)), h("th", { class: "for-owners" })),
            data.datasets.map(datasetRow))),
          below("rename", () => naming(open.key)),
          below("delete", () => asking(t("Delete {name}", { name: open.key }), () => change("delete_dataset", { dataset: open.key })))),
        h("section", { class: "card" }, h("h2", {}, t("Items"), h("small", {}, data.teacher === "reference" ? t("teacher: reference answer") : t("teacher: {name}", { name: data.teacher }))),
          h("div", { class: "figures" }, [[t("without a revision"), data.items.drafted], [t("waiting"), data.items.waiting], [t("accepted"), data.items.accepted], [t("rejected"), data.items.rejected], [t("held out"), data.items.held_out]].map(([name, n]) => h("div", {}, h("span", {}, name), h("strong", {}, studio.number(n))))),
          h("div", { class: "setup for-owners", style: "border:0" }, h("label", {}, t("draft and revise"), count), h("label", {}, t("by"), from),
            h("button", { class: "act", onclick: () => act("draft", { items: Number(count.value || DRAFTS), round: from.value ? Number(from.value) : null }) }, t("Draft answers")),
            data.items.drafted > 0 && h("button", { class: "act", onclick: () => act("revise", { items: Math.min(data.items.drafted, 10000) }) }, data.items.drafted === 1 ? t("Revise 1 draft") : t("Revise {n} drafts", { n: studio.number(data.items.drafted) })))),
        importsCard(),
        data.failures > 0 && h("p", { class: "body small" }, h("a", { href: "/teacher" }, data.failures === 1 ? t("1 revision failed: see the Teacher page.") : t("{n} revisions failed: see the Teacher page.", { n: data.failures })))));
  };
  load();
  window.addEventListener("studio-status", load);
};
