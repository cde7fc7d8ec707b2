// The teacher page below its models: who teaches which data set, what that costs, and the failed revisions.
"use strict";
studio.teacher = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  let data = null;
  let notice = "";
  let drawn = "";
  const OUTCOMES = { empty: t("empty"), refused: t("refused"), truncated: t("cut off"), filtered: t("filtered"), malformed: t("not usable"), failed: t("failed"), unknown: t("fate unknown") };
  const STYLES = [["smallest", t("the smallest change")], ["free", t("a free rewrite")]];
  const dollars = (billionths) => { const value = billionths / 1e9; return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: value && value < 1 ? 4 : 2 })}`; };

  const act = async (name, body = {}, form = null) => {
    const taken = form && studio.sending(form);
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    if (!answer.error) taken?.();
    await load(true);
    return !answer.error;
  };
  const load = async (again = false) => {
    // What is being typed stays: the page is drawn anew when it has been sent, or left.
    if (!again && page.contains(document.activeElement) && document.activeElement.matches("input, select")) return;
    const answer = await call(server, "overview");
    if (!answer.error) data = answer;
    const sentence = said(answer.error) ?? notice;
    const shown = JSON.stringify([data, sentence]);
    if (shown === drawn && !again) return;
    drawn = shown;
    const open = [...page.querySelectorAll("details[open]")].map((one) => one.dataset.item);
    studio.redraw(page, ...(sentence ? [h("div", { class: "notice", role: "alert" }, sentence)] : []), ...(data ? cards() : []));
    for (const one of page.querySelectorAll("details")) one.open = open.includes(one.dataset.item);
  };

  const cards = () => [
    data.unknown > 0 && unknown(),
    h("div", { class: "stack" }, datasets(), money(), data.failed.length > 0 && failedCalls()),
  ].filter(Boolean);

  const unknown = () =>
    h("div", { class: "notice", role: "status" },
      h("span", { class: "grow" }, data.unknown === 1 ? t("The fate of 1 call is unknown: the server may have answered and billed it.") : t("The fate of {n} calls is unknown: the server may have answered and billed them.", { n: studio.number(data.unknown) }), " ", t("They are not sent again before you say so.")),
      h("button", { class: "act small for-owners", onclick: () => act("allow_unknown") }, t("Send again")));

  const number = (input) => (input.value === "" ? null : Number(input.value));

  const money = () => {
    const { limit, taken, teachers } = data.spending;
    const field = h("input", { type: "number", min: "0", step: "any", value: limit === null ? "" : limit / 1e9, placeholder: t("none"), "aria-label": t("spending limit in dollars") });
    const share = limit ? Math.min(1, taken / limit) : 0;
    return h("section", { class: "card" }, h("h2", {}, t("Cost"), h("small", {}, t("a call is reserved against the limit before it is sent"))),
      h("div", { class: "figures" }, figure(t("spent and reserved"), dollars(taken)), figure(t("of at most"), limit === null ? t("no limit") : dollars(limit))),
      limit !== null && h("div", { class: "body", style: "padding-bottom:0" }, h("div", { class: "meter", style: "width:100%", role: "meter", "aria-label": t("spent and reserved"), "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": Math.round(share * 100) }, h("i", { style: `width:${share * 100}%` }))),
      h("form", { class: "setup for-owners", onsubmit: (e) => { e.preventDefault(); act("set_limit", { dollars: number(field) }, e.target); } },
        h("label", {}, t("spending limit in dollars"), field), h("button", { class: "act small" }, t("Save"))),
      teachers.some((one) => one.account) && studio.scroll(t("Cost"), h("table", { class: "plain" }, h("tr", {}, [t("teacher"), t("calls"), t("tokens sent"), t("answered"), t("cost")].map((text) => h("th", {}, text))),
        teachers.filter((one) => one.account).map(({ name, account }) => h("tr", {}, h("td", { dir: "auto" }, name), [account.calls, account.tokens_in, account.tokens_out].map((n) => h("td", {}, studio.number(n))),
          h("td", {}, account.unpriced === account.calls ? t("unknown") : dollars(account.cost), account.unpriced && account.unpriced < account.calls ? h("small", {}, ` ${t("+ {n} of unknown price", { n: studio.number(account.unpriced) })}`) : ""))))));
  };
  const figure = (name, value) => h("div", {}, h("span", {}, name), h("strong", {}, value));

  const datasets = () => {
    const waiting = data.datasets.reduce((sum, one) => sum + one.waiting, 0);
    return h("section", { class: "card" }, h("h2", {}, t("Who revises what"), h("small", {}, t("each teacher of a data set writes a revision of its own, and the Review page shows them side by side"))),
      data.datasets.map((one) => h("div", { class: "setup overlap" },
        h("div", { class: "grow" }, h("b", { dir: "auto" }, one.name), h("span", { class: "small soft" }, one.waiting === 1 ? t("1 revision to write") : t("{n} revisions to write", { n: studio.number(one.waiting) }))),
        h("fieldset", { class: "teachers for-owners" }, h("legend", { class: "hidden" }, t("teachers of {name}", { name: one.name })),
          data.teachers.map((name, index) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: one.teachers.length ? one.teachers.includes(name) : index === 0, onchange: (e) => choose(one, e.target.closest("fieldset")) }), h("span", { dir: "auto" }, name === "reference" ? t("reference answers") : name)))),
        h("label", { class: "for-owners" }, t("is asked for"), h("select", { "aria-label": t("what {name} is asked for", { name: one.name }), onchange: (e) => choose({ ...one, style: e.target.value }, e.target.closest(".setup").querySelector("fieldset")) }, STYLES.map(([value, text]) => h("option", { value, selected: value === one.style }, text)))),
        h("label", { class: "check for-owners" }, h("input", { type: "checkbox", checked: one.rationale, onchange: (e) => choose({ ...one, rationale: e.target.checked }, e.target.closest(".setup").querySelector("fieldset")) }), t("a reason for each criterion")))),
      data.estimates.length > 0 && h("div", { class: "body small soft" }, data.estimates.map((one) => h("p", { style: "margin:0" }, estimate(one)))),
      h("div", { class: "setup for-owners", style: "border:0" }, h("button", { class: "act main", disabled: !waiting, onclick: () => act("revise", { items: Math.min(waiting, 100000) }) }, waiting === 1 ? t("Write 1 revision") : t("Write {n} revisions", { n: studio.number(waiting) })), !waiting && h("span", { class: "soft small" }, t("Every draft has its revisions. New drafts are written on the Data page."))));
  };
  const choose = (one, fieldset) => {
    const boxes = [...fieldset.querySelectorAll("input")];
    const teachers = data.teachers.filter((_, index) => boxes[index].checked);
    document.activeElement.blur();
    return act("choose", { dataset: one.name, teachers, style: one.style, rationale: one.rationale });
  };
  const estimate = (one) => {
    const words = { name: one.teacher, calls: studio.number(one.calls), tokens: studio.number(one.tokens_in + one.tokens_out) };
    return one.about === null ? t("{name}: {calls} calls, about {tokens} tokens; the cost is unknown without a price.", words)
      : t("{name}: {calls} calls, about {tokens} tokens and {about}, at most {most}.", { ...words, about: dollars(one.about), most: dollars(one.most) });
  };

  const failedCalls = () =>
    h("section", { class: "card" }, h("h2", {}, t("Failed revisions"), h("small", {}, t("the newest 50")), h("span", { class: "grow" }), h("button", { class: "act small for-owners", onclick: () => act("retry") }, t("Ask again for all"))),
      h("ul", { class: "failed-calls" }, data.failed.map((one) => h("li", {},
        h("a", { href: `/?item=${one.item_id}` }, t("item {n}", { n: one.item_id })), h("span", { class: "chip warn" }, OUTCOMES[one.outcome] ?? one.outcome), h("span", {}, said(one.reason)),
        h("span", { class: "soft small" }, h("span", { dir: "auto" }, one.teacher === "reference" ? t("reference answers") : one.teacher), " · ", studio.when(one.at)),
        one.raw && h("details", { "data-item": `${one.item_id} ${one.teacher}` }, h("summary", {}, t("the reply")), h("div", { class: "words", lang: "" }, one.raw))))));

  load();
  window.addEventListener("studio-status", () => load());
};
