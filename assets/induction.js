// The panel of the rubrics page in which a teacher makes the categories and rubrics of a data set: what to choose, what
// it will take, and how the data set is sorted. It shows what the store holds, so a reload shows the same.
"use strict";
studio.induction = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page induction" });
  element.replaceChildren(page);
  const STEPS = { propose: t("propose categories"), merge: t("merge them"), sort: t("sort the instructions"), rubric: t("write rubrics") };
  const OTHER = ""; // no category has this name
  const form = { dataset: null, most: null, teacher: null };
  let data = null;
  let estimate = null;
  let notice = "";
  let wasRunning = false;
  const opened = new Set();
  const examples = new Map();

  const load = async () => {
    const answer = await call(server, "induction", form.dataset === null ? {} : { dataset: form.dataset });
    if (answer.error) { notice = said(answer.error); return render(); }
    data = answer;
    form.dataset ??= data.dataset;
    form.most ??= data.most;
    form.teacher ??= data.teachers[0] ?? null;
    examples.clear();
    opened.forEach(loadExamples);
    render();
    return ask();
  };
  const ask = async () => {
    if (!data.teachers.length || data.running) return;
    const asked = JSON.stringify(form);
    const answer = await call(server, "induction_estimate", form);
    if (asked !== JSON.stringify(form)) return;
    estimate = answer;
    render();
  };
  const choose = (name, value) => {
    form[name] = value;
    estimate = null;
    notice = "";
    if (name !== "dataset") return ask();
    opened.clear();
    return load();
  };
  const start = async () => {
    const answer = await call(server, "start_induction", form);
    notice = answer.error ? said(answer.error) : "";
    if (!answer.error) data.running = wasRunning = true;
    render();
  };
  const loadExamples = async (name) => {
    const asked = form.dataset;
    const answer = await call(server, "induction_examples", { dataset: asked, category: name === OTHER ? null : name });
    if (asked === form.dataset && !answer.error) { examples.set(name, answer.examples); render(); }
  };

  // -- what it will take ----------------------------------------------------------------------------------------
  const dollars = (billionths) => {
    if (billionths === null) return "–";
    const value = billionths / 1e9;
    return value >= 1 || value === 0 ? `$${value.toFixed(2)}` : `$${value.toFixed(4)}`;
  };
  const calls = (n) => (n === 1 ? t("1 call") : t("{n} calls", { n: studio.number(n) }));
  const estimated = () => {
    if (data.running) return t("Under way: the strip above shows how far it is.");
    if (!estimate) return t("Estimating …");
    if (estimate.error) return said(estimate.error);
    const price = estimate.about === null ? t("the price of {name} is unknown", { name: form.teacher })
      : t("about {about}, at most {most}", { about: dollars(estimate.about), most: dollars(estimate.most) });
    return h("details", {},
      h("summary", {}, t("{n} instructions to sort", { n: studio.number(estimate.instructions) }), ` · ${calls(estimate.calls)} · `, price),
      estimate.going_on && h("p", {}, t("This goes on with a run that did not end; {n} of its answers are paid already and are not bought again.", { n: studio.number(estimate.answered) })),
      studio.scroll(t("Cost"), h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, [t("step"), t("calls"), t("about"), t("at most")].map((text) => h("th", { scope: "col" }, text)))),
        h("tbody", {}, estimate.steps.map((row) => h("tr", {}, h("th", { scope: "row" }, STEPS[row.step]), h("td", {}, studio.number(row.calls)), h("td", {}, dollars(row.about)), h("td", {}, dollars(row.most))))))),
      h("p", {}, t("At most: as many rubrics as categories are allowed, and every instruction asked about twice. A reply that has to be mended comes on top.")));
  };
  const setup = () => {
    if (!data.teachers.length) return h("p", { class: "body soft small for-owners" }, t("The reference teacher only knows the data set's answers; add a model on the Teacher page to have rubrics made."));
    const select = (name, label, options) => h("label", {}, label, h("select", { "data-key": name, "aria-label": label, disabled: data.running, onchange: (e) => choose(name, e.target.value) },
      options.map(([value, text]) => h("option", { value, selected: value === form[name] }, text))));
    return h("div", { class: "for-owners" },
      h("div", { class: "setup" },
        select("dataset", t("data set"), data.datasets.map((d) => [d.name, `${d.name} (${studio.number(d.rows)})`])),
        h("label", {}, t("categories, at most"), h("input", { type: "number", min: "2", max: data.highest, value: form.most, placeholder: data.most, "data-key": "most", disabled: data.running, onchange: ({ target }) => { target.defaultValue = target.value; choose("most", Number(target.value || data.most)); } })),
        data.teachers.length > 1 && select("teacher", t("teacher"), data.teachers.map((name) => [name, name])),
        h("button", { class: "act main", "data-key": "start", disabled: data.running || !estimate || Boolean(estimate.error), onclick: start }, estimate?.going_on ? t("Go on") : t("Make rubrics"))),
      h("div", { class: "body soft small estimate", role: "status" }, estimated()));
  };

  // -- how it is sorted -----------------------------------------------------------------------------------------
  const share = (n) => studio.percent(n / Math.max(1, data.sorted + data.other));
  const bar = (n, most, kind) => h("svg", { class: "bars", viewBox: "0 0 100 16", "aria-hidden": "true", preserveAspectRatio: "none" }, h("line", { class: kind, x1: 0, x2: (100 * n) / most, y1: 8, y2: 8 }));
  const texts = (name) => {
    const found = examples.get(name);
    if (!found) return h("p", { class: "soft small" }, t("Fetching examples …"));
    return h("ul", {}, found.map((one) => h("li", {}, h("span", { dir: "auto" }, studio.plain(one.instruction)), one.input && h("small", { dir: "auto" }, studio.plain(one.input)), studio.turns(one.turns))));
  };
  const row = (name, label, n, most) =>
    h("li", {}, h("details", { open: opened.has(name), "data-category": name, ontoggle: (e) => toggle(name, e.target.open) },
      h("summary", { "data-key": name }, h("b", { dir: name === OTHER ? null : "auto" }, label), bar(n, most, name === OTHER ? "left" : "size"), h("span", { class: "num" }, studio.number(n), " ", h("small", {}, share(n)))),
      opened.has(name) && texts(name)));
  const toggle = (name, isOpen) => {
    if (isOpen === opened.has(name)) return;
    if (isOpen) { opened.add(name); loadExamples(name); } else opened.delete(name);
    render();
  };
  const plot = () => {
    if (!data.categories.length && !data.other) return h("p", { class: "body soft small" }, t("Nothing of this data set is sorted into categories yet."));
    const most = Math.max(data.other, ...data.categories.map((c) => c.members));
    return [
      data.is_much && h("p", { class: "notice", role: "status" }, t("{share} of the instructions fit no category (“other”): allow more categories, or ask for one for them.", { share: share(data.other) })),
      h("ul", { class: "plotted", "aria-label": t("Categories by size") },
        data.categories.map((c) => row(c.name, c.name, c.members, most)), data.other > 0 && row(OTHER, t("other"), data.other, most)),
    ];
  };

  /** Draws the panel anew and puts the focus back on what had it. */
  const render = () => {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    if (focused?.type === "number" && focused.value !== focused.defaultValue) return; // drawn when what is typed is taken
    const isEstimateOpen = page.querySelector(".estimate details")?.open;
    studio.replace(page,
      ...(notice ? [h("div", { class: "notice", role: "alert" }, notice)] : []),
      ...(data ? [h("section", { class: "card" },
        h("h2", {}, t("Categories of a data set"), h("small", {}, data.categories.length ? t("{sorted} of {rows} sorted by a teacher or a person", { sorted: studio.number(data.sorted), rows: studio.number(data.rows) }) : ""), h("span", { class: "grow" }), !data.teachers.length && choice()),
        setup(), plot())] : []));
    const again = page.querySelector(".estimate details");
    if (again && isEstimateOpen) again.open = true;
  };
  /** The data set to look at, for those who cannot start anything. */
  const choice = () => h("select", { "data-key": "dataset", "aria-label": t("data set"), onchange: (e) => choose("dataset", e.target.value) },
    data.datasets.map((d) => h("option", { value: d.name, selected: d.name === form.dataset }, d.name)));

  load();
  window.addEventListener("studio-categories", () => load()); // a person has changed them
  window.addEventListener("studio-status", (event) => {
    const running = Boolean(event.detail.jobs?.some((job) => job.name === "induce" && job.state === "running"));
    if (event.detail.error || running === wasRunning) return;
    wasRunning = running;
    if (!running) window.dispatchEvent(new Event("studio-rubrics")); // the cards below show the new rubrics
    load();
  });
};
