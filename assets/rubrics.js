// The rubrics page: a card for each category with its criteria, what is stale, and what one may do with it. The forms
// that open within a card are drawn by rubric_forms.js, its history by rubric_history.js.
"use strict";
studio.rubrics = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  let data = null;
  let drawn = "";
  let notice = null;
  let open = null; // {name, mode, node, isDirty}: the one form or history that is open
  let lastCounts = "";
  let asked = 0;
  let answered = 0;

  // -- asking ---------------------------------------------------------------------------------------------------
  const load = async () => {
    const number = ++asked;
    const answer = await call(server, "categories");
    if (number < answered) return; // a newer answer was quicker
    answered = number;
    if (!answer.error) data = answer;
    else if (!data) notice = { text: answer.error, bad: true };
    const shown = JSON.stringify([data, notice]);
    if (shown === drawn || open?.isForm) return; // what is being typed in is not drawn anew
    drawn = shown;
    render();
  };
  const find = (name) => data.categories.find((c) => c.name === name);
  const tell = (text, bad = false) => { notice = { text, bad }; };
  const reviseAgain = async (expected, category = null) => {
    const answer = await call(server, "revise_stale", { expected, category });
    if (answer.error) tell(answer.error, true);
    else notice = null;
    drawn = "";
    load();
  };

  // -- one open form --------------------------------------------------------------------------------------------
  const close = async (sentence = null) => {
    const was = open;
    open = null;
    notice = sentence ? { text: sentence } : null;
    drawn = "";
    await load();
    if (sentence) window.dispatchEvent(new Event("studio-categories"));
    const card = [...page.querySelectorAll(".category")].find((one) => one.dataset.name === was.name);
    (card?.querySelector(`[data-mode=${was.mode}]`) ?? page.querySelector(".category button"))?.focus({ preventScroll: true });
  };
  const start = async (category, mode) => {
    if (open?.isDirty?.() && open.mode !== "edit" && !confirm(t("What you typed here is not saved. Leave it?"))) return;
    if (open?.name === category.name && open.mode === mode) return close();
    notice = null;
    const tools = { server, limits: data.limits, others: data.categories.filter((c) => c.name !== category.name), close, find, reload: async () => { const answer = await call(server, "categories"); if (!answer.error) data = answer; } };
    open = { name: category.name, mode, isForm: mode !== "history", ...(mode === "history" ? studio.rubricHistory(category, tools) : studio.rubricForms[mode](category, tools)) };
    render();
    open.first?.focus();
  };

  // -- drawing --------------------------------------------------------------------------------------------------
  const stale = (n, category = null) => n > 0 && [
    h("a", { class: "chip warn", href: `/browse?stale=1${category === null ? "" : `&category=${encodeURIComponent(category)}`}`, title: t("Revisions that wait and were written against other criteria than these") }, n === 1 ? t("1 stale revision") : t("{n} stale revisions", { n: studio.number(n) })),
    h("button", { class: "act small for-owners", "data-revise": category === null ? "all" : "one", onclick: () => reviseAgain(n, category) }, n === 1 ? t("Revise 1 again") : t("Revise {n} again", { n: studio.number(n) }))];

  const criteria = (rubric) =>
    h("ul", { class: "rubric" }, rubric.criteria.map((k) => h("li", {}, h("b", { dir: "auto" }, k.name), h("p", { class: "good", dir: "auto", title: t("what a good answer does") }, k.good), h("p", { class: "bad", dir: "auto", title: t("what a bad answer does") }, k.bad))));

  const card = (c, number) => {
    const mine = open?.name === c.name ? open : null;
    const button = (mode, label, owners = true) => h("button", { class: `act small ${owners ? "for-owners" : ""}`, "data-mode": mode, "aria-expanded": String(mine?.mode === mode), onclick: () => start(c, mode) }, label);
    const title = `category-${number}`;
    return h("section", { class: `card category${mine ? " open" : ""}`, "data-name": c.name, "aria-labelledby": title },
      h("h2", {}, h("span", { dir: "auto", id: title }, c.name),
        h("small", {}, c.rubric ? t("v{version} by {author}", { version: c.rubric.version, author: said(c.rubric.author) }) : ""), h("span", { class: "grow" }),
        h("small", { class: "num" }, t("{members} sorted · {assigned} assigned", { members: studio.number(c.members), assigned: studio.number(c.assigned) }))),
      mine?.mode !== "edit" && [h("p", { class: "body soft small about", dir: "auto" }, c.description), c.rubric && criteria(c.rubric)],
      h("div", { class: "tool", role: "group", "aria-labelledby": title },
        button("edit", t("Edit")), button("rename", t("Rename")), data.categories.length > 1 && button("merge", t("Merge")), button("members", t("Members"), false), button("history", t("History"), false),
        h("span", { class: "grow" }), stale(c.stale, c.name)),
      mine?.node);
  };

  const render = () => {
    page.replaceChildren(
      ...(notice ? [h("div", { class: "notice", role: notice.bad ? "alert" : "status" }, said(notice.text))] : []),
      ...(data ? [
        h("div", { class: "bar" }, h("span", { class: "num" }, data.categories.length === 1 ? t("1 category") : t("{n} categories", { n: studio.number(data.categories.length) })), stale(data.stale), h("span", { class: "grow" }),
          h("span", {}, t("no matching rubric below a mean similarity of {floor}", { floor: data.floor.toFixed(2) }))),
        data.categories.length
          ? h("div", { class: "cards categories" }, data.categories.map(card))
          : h("div", { class: "nothing card" }, h("h2", {}, t("There are no categories yet")), h("p", {}, t("The bundled curriculum brings the first ones."))),
      ] : []));
  };

  load();
  window.addEventListener("beforeunload", (event) => { if (open?.isDirty?.()) event.preventDefault(); });
  // Revisions that arrive and jobs that end change what is counted here.
  window.addEventListener("studio-rubrics", () => load());
  window.addEventListener("studio-status", ({ detail }) => {
    const counts = JSON.stringify([detail.counts, detail.jobs, detail.ended]);
    if (counts !== lastCounts) load();
    lastCounts = counts;
  });
};
