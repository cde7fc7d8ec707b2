// The data and evaluate pages.
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

studio.evaluate = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  const chosen = new Set();
  let touched = false;
  let dataset = "";
  let notice = "";
  let drawn = "";
  const items = h("input", { type: "number", min: "1", max: "5000", value: "40", "aria-label": t("at most") });
  const load = async () => {
    const data = await call(server, "metrics");
    const shown = JSON.stringify([data, notice, [...chosen], dataset]);
    if (shown === drawn) return;
    drawn = shown;
    if (data.error) return page.replaceChildren(h("div", { class: "notice", role: "alert" }, said(data.error)));
    if (!touched) { chosen.clear(); chosen.add(0); if (data.models.length) chosen.add(data.models[0]); }
    const box = (n, text) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: chosen.has(n), onchange: (e) => { touched = true; if (e.target.checked) chosen.add(n); else chosen.delete(n); } }), text);
    const sets = [...new Set(data.metrics.map((m) => m.dataset))];
    page.replaceChildren(
      ...(notice ? [h("div", { class: "notice", role: "alert" }, notice)] : []),
      h("section", { class: "card for-owners", style: "margin-bottom:14px" }, h("h2", {}, t("Evaluate"), h("small", {}, t("drafts and self-revisions against reference answers that nothing was trained on"))),
        h("div", { class: "setup", style: "border:0" }, box(0, t("base")), data.models.slice(0, 8).map((n) => box(n, t("round {n}", { n }))),
          h("label", {}, t("on"), h("select", { onchange: (e) => { dataset = e.target.value; } }, h("option", { value: "" }, t("the test split")), data.datasets.map((d) => h("option", { value: d, selected: d === dataset }, t("{name}, rows never trained on", { name: d }))))),
          h("label", {}, t("at most"), items),
          h("button", { class: "act main", onclick: async () => { const a = await call(server, "evaluate", { models: [...chosen], dataset, items: Number(items.value) }); notice = said(a.error) ?? ""; load(); } }, t("Evaluate")))),
      ...sets.map((name) => table(name, data.metrics.filter((m) => m.dataset === name))),
      sets.length ? "" : h("div", { class: "nothing card" }, h("h2", {}, t("Nothing measured yet")), h("p", { class: "for-annotators" }, t("Only an owner may measure models.")), h("p", { class: "for-owners" }, t("Choose models and press Evaluate. Each figure comes with its 95 % bootstrap interval and the number of answers."))));
  };
  const table = (name, rows) => {
    const models = [...new Set(rows.map((m) => m.model))].sort((a, b) => (a === "base" ? -1 : b === "base" ? 1 : Number(a.slice(6)) - Number(b.slice(6))));
    const lines = [["draft", "rouge_l", t("draft, ROUGE-L")], ["self-revision", "rouge_l", t("self-revision, ROUGE-L")], ["draft", "token_f1", t("draft, token F1")], ["self-revision", "token_f1", t("self-revision, token F1")], ["draft", "exact_match", t("draft, exact match")], ["draft", "loss", t("loss of the reference answer")]];
    const cell = (m) => (m ? h("td", { title: t("{n} answers", { n: studio.number(m.n) }) }, m.value.toFixed(3), " ", h("small", {}, `${studio.fixed(m.low)}–${studio.fixed(m.high)}`)) : h("td", {}, "–"));
    return h("section", { class: "card", style: "margin-bottom:14px" }, h("h2", {}, h("span", { dir: "auto" }, studio.measuredOn(name)), h("small", {}, t("{n} answers · mean and 95 % interval", { n: studio.number(Math.max(...rows.map((m) => m.n))) }))),
      studio.scroll(studio.measuredOn(name), h("table", { class: "plain" }, h("tr", {}, h("th", {}, ""), models.map((m) => h("th", {}, said(m)))),
        lines.map(([answer, metric, label]) => h("tr", {}, h("td", {}, label), models.map((model) => cell(rows.find((m) => m.model === model && m.answer === answer && m.name === metric))))))));
  };
  load();
  window.addEventListener("studio-status", load);
};
