// The data page.
"use strict";
studio.data = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page", style: "padding-bottom:0" });
  element.replaceChildren(page);
  let drawn = "";
  let notice = "";
  let data = null;
  const count = h("input", { type: "number", min: "1", max: "10000", value: "32", "aria-label": t("draft and revise") });
  const from = h("select", { "aria-label": t("by") });
  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    load();
  };
  const load = async () => {
    const answer = await call(server, "overview");
    if (!answer.error) data = answer;
    const sentence = said(answer.error) ?? notice;
    const shown = JSON.stringify([data, sentence]);
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
          studio.scroll(t("Data sets"), h("table", { class: "plain" }, h("tr", {}, [t("name"), t("train"), t("validation"), t("test")].map((text) => h("th", {}, text))),
            data.datasets.map((d) => h("tr", {}, h("td", { dir: "auto" }, d.name), [d.train, d.validation, d.test].map((n) => h("td", {}, studio.number(n)))))))),
        h("section", { class: "card" }, h("h2", {}, t("Items"), h("small", {}, data.teacher === "reference" ? t("teacher: reference answer") : t("teacher: {name}", { name: data.teacher }))),
          h("div", { class: "figures" }, [[t("without a revision"), data.items.drafted], [t("waiting"), data.items.waiting], [t("accepted"), data.items.accepted], [t("rejected"), data.items.rejected], [t("held out"), data.items.held_out]].map(([name, n]) => h("div", {}, h("span", {}, name), h("strong", {}, studio.number(n))))),
          h("div", { class: "setup for-owners", style: "border:0" }, h("label", {}, t("draft and revise"), count), h("label", {}, t("by"), from),
            h("button", { class: "act", onclick: () => act("draft", { items: Number(count.value), round: from.value ? Number(from.value) : null }) }, t("Draft answers")),
            data.items.drafted > 0 && h("button", { class: "act", onclick: () => act("revise", { items: Math.min(data.items.drafted, 10000) }) }, data.items.drafted === 1 ? t("Revise 1 draft") : t("Revise {n} drafts", { n: studio.number(data.items.drafted) })))),
        data.failures > 0 && h("p", { class: "body small" }, h("a", { href: "/teacher" }, data.failures === 1 ? t("1 revision failed: see the Teacher page.") : t("{n} revisions failed: see the Teacher page.", { n: data.failures })))));
  };
  load();
  window.addEventListener("studio-status", load);
};
