// The curriculum page: the form that starts the whole algorithm, and its rounds, stage by stage. It shows what the
// store says, so a reload or another browser sees the same.
"use strict";
studio.curriculum = (element, server, { whys, kinds }) => {
  const { h, t, call, said } = studio;
  // What is corrected needs no complaint any more.
  const page = h("div", { class: "page", oninput: () => { notice = ""; page.querySelector("[role=alert]")?.remove(); } });
  element.replaceChildren(page);
  const STAGES = { sample: t("sample"), candidates: t("candidates"), draft: t("draft"), revise: t("revise"), decide: t("decide"), train: t("train"), evaluate: t("evaluate") };
  const STATES = { running: t("running"), paused: t("paused"), finished: t("finished"), cancelled: t("cancelled") };
  const shared = studio.roundChoices(whys);
  const kind = () => kinds.find((one) => one.name === form.kind);
  /** Whether a field is shown and sent: what some kinds of round do not take is a choice of the others. */
  const takes = (name) => kind().offers.includes(name) || !kinds.some((one) => one.offers.includes(name));
  const choices = () => [
    ["sampling", t("instructions"), [["fresh", t("fresh ones each round")], ["same", t("the same each round (the paper)")]], said(whys.sampling)],
    ["kind", t("learns"), kinds.filter((kind) => kind.in_curricula).map((kind) => [kind.name, studio.t(kind.label)])],
    ["objective", ...shared.objective],
    ["adapter", ...shared.adapter],
    ["tokens", ...shared.tokens],
    ["order", ...shared.order(kind())],
  ].filter(([name]) => takes(name));
  const RULES = [["people", t("people, on the Review page")], ["all", t("nobody: everything is accepted")], ["small", t("edits up to a size are accepted")], ["trusted", t("trusted categories are accepted")]];
  const form = { rounds: "3", items: "64", sampling: "fresh", kind: kinds[0].name, objective: "both", adapter: "carried", tokens: "all", order: "sampled", decide: "people", rest: "people",
    below: "0.3", trusted: [], replay: "0", sft: false, later: "gentler", evaluate: "", part: "all", stop_when_worse: false, evaluate_items: "32", judge: "reference", ...shared.lasting };
  let data = null;
  let notice = "";
  let away = false; // whether the notice is that the page could not be read
  let more = false;
  let drawn = "";
  let timer = null;

  const load = async (forced = false) => {
    clearTimeout(timer);
    const answer = await call(server, "curricula");
    if (answer.error) notice = said(answer.error);
    else {
      if (away) notice = "";
      data = answer;
    }
    away = Boolean(answer.error);
    render(forced);
    timer = setTimeout(load, unended() ? 1500 : 5000);
  };
  const unended = () => data?.curricula.find((c) => ["running", "paused"].includes(c.state));
  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    await load(true);
  };
  const asked = () => ({ ...form, ...shared.lastingAsked(form), part: form.stop_when_worse ? "dev" : form.part, evaluate: form.evaluate || null, ...numbers("rounds", "items", "below", "replay", "evaluate_items") });
  const start = () => act("start_curriculum", Object.fromEntries(Object.entries(asked()).filter(([name]) => takes(name))));

  const fields = studio.fields(form, (name) => { if (name === "kind" && !kind().has_edits && form.order === "edit_size") form.order = "sampled"; if (["decide", "stop_when_worse", "kind", "validate_on"].includes(name)) render(true); });
  const { labelled, number, numbers, select, check, group } = fields;

  const newOne = () => h("section", { class: "card" },
    h("h2", {}, t("New curriculum"), h("small", {}, t("sample, draft, revise, decide, train and measure, round after round"))),
    h("div", { class: "setup" },
      number("rounds", t("rounds"), 1, 100), number("items", t("instructions in each"), 1, Math.max(1, data.available)), select("decide", t("who decides"), RULES),
      form.decide === "small" && number("below", t("largest share changed"), 0, 1, 0.05),
      form.decide === "trusted" && labelled(t("trusted"), h("select", { multiple: true, size: 4, "aria-label": t("trusted"), onchange: (e) => { form.trusted = [...e.target.selectedOptions].map((o) => o.value); } }, data.categories.map((c) => h("option", { value: c, selected: form.trusted.includes(c) }, c)))),
      ["small", "trusted"].includes(form.decide) && select("rest", t("what is left"), [["people", t("waits for people")], ["leave", t("is left out")]]),
      check("sft", t("SFT first (round 0)")),
      h("button", { class: "act main start for-owners", disabled: !data.available, onclick: start }, t("Start the curriculum"))),
    h("details", { class: "body small", open: more, ontoggle: (e) => { more = e.target.open; } }, h("summary", {}, t("More choices")),
      group(t("What it learns"), choices().map(([name, text, options, why]) => select(name, text, options, why)), takes("replay") && number("replay", t("replayed answers"), 0, 1, 0.1, shared.replay)),
      group(t("How it learns"), shared.paceFields(fields, kind()), select("later", t("from the second round on"), [["same", t("learn like the first")], ["gentler", t("learn more gently")]], said(whys.later)),
        data.launchers.length > 1 && select("launcher", shared.launcher[0], data.launchers.map((name) => [name, name]), shared.launcher[1])),
      group(t("How it is measured"), select("evaluate", t("measured on"), [["", t("the test split")], ...data.datasets.map((d) => [d, d])], said(whys.evaluate)),
        !form.stop_when_worse && select("part", t("part"), studio.measuredParts(), said(whys.part)),
        number("evaluate_items", t("answers measured"), 0, 10000, 1, said(whys.evaluate_items)),
        select("judge", t("judge"), [...data.judges.map((name) => [name, name]), ["", t("nobody")]], said(whys.judge))),
      group(t("When it stops"), shared.stopFields(fields, kind(), data.held_out),
        check("stop_when_worse", t("stop after a round that is worse than the one before it, measured on the dev part")))),
    h("div", { class: "body soft small" }, h("p", { class: "for-annotators", style: "margin:0 0 6px" }, t("Only an owner may start a curriculum.")),
      !data.available ? [t("There is nothing to take yet."), " ", h("a", { href: "/data" }, t("Import a data set first."))]
        : t("{n} train instructions can be taken. Closing the browser or the app loses nothing: a curriculum goes on from its stage.", { n: studio.number(data.available) })));

  /** How many drafts have a revision; what failed is on the Teacher page, with its reason. */
  const revised = ({ stages: { draft, revise } }) => {
    const missing = (draft?.items ?? 0) - revise.revised;
    return missing > 0 ? [studio.number(revise.revised), " · ", h("a", { href: "/teacher" }, t("{n} not revised", { n: studio.number(missing) }))] : revise.revised;
  };
  const cell = (c, round, stage) => {
    const made = round.stages[stage];
    if (!made) return h("td", { class: "left soft" }, "·");
    const left = made.left ? h("a", { href: `/?in=1&curriculum=${c.id}` }, made.left === 1 ? t("1 waits for people") : t("{n} wait for people", { n: made.left })) : null;
    const told = stage === "sample" ? made.hashes : stage === "draft" ? made.items : stage === "candidates" ? made.candidates : stage === "revise" ? revised(round)
      : stage === "decide" ? made.accepted : stage === "train" && made.number ? h("a", { href: `/rounds?round=${made.number}` }, t("round {n}", { n: made.number })) : null;
    const shown = made.done ? (told ?? t("done")) : left ?? told ?? (c.state === "running" ? t("under way") : t("stopped here"));
    return h("td", { class: `left ${made.done ? "" : "now"}` }, typeof shown === "number" ? studio.number(shown) : shown);
  };
  const measured = (figures, answer, name) => {
    const f = figures.find((one) => one.answer === answer && one.name === name);
    return f ? h("td", { title: t("95 % interval {low} to {high}, n = {n}", { low: studio.fixed(f.low), high: studio.fixed(f.high), n: f.n }) }, f.value.toFixed(3), h("small", {}, ` [${studio.fixed(f.low, 2)}, ${studio.fixed(f.high, 2)}]`)) : h("td", { class: "soft" }, "–");
  };
  const FIGURES = [["draft", "loss", t("loss of answers")], ["draft", "rouge_l", t("drafts, ROUGE-L")], ["self-revision", "rouge_l", t("self-revisions, ROUGE-L")]];
  const measuredOn = (c) => t("measured on {name}", { name: studio.measuredOn(c.dataset) });
  const figures = (c) => c.base.length + c.rounds.reduce((n, r) => n + r.figures.length, 0) > 0 &&
    studio.scroll(measuredOn(c), h("table", { class: "plain" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, measuredOn(c)), h("th", { scope: "col" }, t("answers measured")), FIGURES.map(([, , text]) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, [[t("the base model"), c.base], ...c.rounds.filter((r) => r.number).map((r) => [place(r), r.figures])].map(([name, found]) =>
        h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, found.length ? studio.number(Math.max(...found.map((f) => f.n))) : "–"), FIGURES.map(([answer, metric]) => measured(found, answer, metric)))))));
  /** A round's win rates, and why there are none. */
  const judged = (c) => {
    const percent = (share) => (100 * share).toFixed(1);
    const rate = (one) => one.rate === null ? t("no valid comparison with {model}", { model: said(one.other) })
      : one.low === null ? t("no winner in {n} comparisons with {model}", { model: said(one.other), n: studio.number(one.n) })
      : t("{rate} % against {model} ({low}–{high}, n = {n})", { rate: percent(one.rate), model: said(one.other), low: percent(one.low), high: percent(one.high), n: studio.number(one.n) });
    const lines = c.rounds.filter((r) => r.judged.length || r.not_judged).map((r) => h("li", {}, place(r), ": ",
      r.judged.map(rate).join(" · "), r.judged.some((one) => one.crosses_half) && [" ", t("Some of these could be reversed by inconsistent and invalid comparisons.")], r.not_judged && said(r.not_judged)));
    return lines.length > 0 && h("div", { class: "body small" }, t("Win rates, judged by {judge}", { judge: c.settings.judge }), h("ul", {}, lines));
  };
  /** Which rows the rounds' losses are of, where they were chosen. */
  const validated = ({ settings: { choices } }) => choices.validate_on && h("small", { dir: "auto" }, ` ${studio.measuredOn(`${choices.validate_on} · dev`)}`);
  const place = (r) => (r.place ? t("round {n} of the curriculum", { n: r.place }) : t("SFT, round 0"));
  /** How it stands, in a word; what waits for people does not run by itself. */
  const state = (c) => (c.state === "running" && c.rounds.some((r) => r.stages.decide?.left && !r.stages.decide.done) ? t("waiting for people") : STATES[c.state]);
  const one = (c) => h("section", { class: "card" },
    h("h2", {}, t("Curriculum {n}", { n: c.id }), h("small", {}, state(c), " · ", studio.when(c.started_at), " · ", h("span", { dir: "auto" }, c.started_by)), h("span", { class: "grow" }),
      c.state === "running" && h("button", { class: "act small for-owners", onclick: () => act("pause_curriculum", { curriculum: c.id }) }, t("Pause")),
      c.state === "paused" && h("button", { class: "act small main for-owners", onclick: () => act("continue_curriculum", { curriculum: c.id }) }, t("Continue")),
      ["running", "paused"].includes(c.state) && h("button", { class: "act small cancel for-owners", onclick: () => act("cancel_curriculum", { curriculum: c.id }) }, t("Cancel"))),
    c.reason && h("div", { class: "body" }, h("div", { class: "notice", style: "margin:0" }, said(c.reason))),
    studio.scroll(t("Curriculum {n}", { n: c.id }), h("table", { class: "plain stages" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, ""), c.stages.map((s) => h("th", { scope: "col", class: "left" }, STAGES[s])), h("th", { scope: "col" }, t("held-out loss"), validated(c)))),
      h("tbody", {}, c.rounds.map((r) => h("tr", {}, h("th", { scope: "row" }, place(r)), c.stages.map((s) => cell(c, r, s)), h("td", {}, r.held_out_loss?.toFixed(3) ?? "–")))))),
    figures(c), judged(c));

  const render = (forced = false) => {
    const shown = JSON.stringify([data, notice, form]);
    if (!forced && shown === drawn) return;
    // A form in use is not redrawn under the hand.
    if (!forced && document.activeElement?.closest?.(".setup")) return;
    drawn = shown;
    studio.replace(page, studio.subnav("/curriculum"), ...(notice ? [h("div", { class: "notice", role: "alert" }, notice)] : []),
      data ? h("div", { class: "stack" }, unended() ? null : newOne(), data.curricula.map(one)) : h("div", { class: "nothing" }, t("Reading the curricula …")));
  };
  load(true);
};
