// The rounds page: the list of rounds, the one looked at, and the form that starts the next. It only shows what the
// store and the rounds' directories say, so a reload or another browser sees the same. The list is asked for again and
// again, and sent where it has changed; of the round looked at comes what is new, until it has ended.
"use strict";
studio.rounds = (element, server, given) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  const PHASES = { loading: t("loading the student"), evaluating: t("measuring the held-out loss"), ordering: t("putting easy rows first"), comparing: t("measuring where the round begins"), rewarding: t("measuring the reward"), training: t("training"), saving: t("saving the adapter") };
  const STATES = { incomplete: t("incomplete"), waiting: t("waiting"), running: t("running"), cancelling: t("cancelling"), cancelled: t("cancelled"), failed: t("failed"), lost: t("lost"), deleted: t("deleted") };
  const HEADING = { tabindex: "-1", "data-key": "chosen" };
  const LIVE = ["waiting", "running", "cancelling"];
  const shared = studio.roundChoices(given.whys);
  const kinds = studio.roundKinds(given.kinds);
  const { judging, rewardName, sampler } = studio.roundSampling(server);
  const { made, examples } = studio.roundMade(server, kinds, rewardName);
  const { better } = studio.roundBetter(server);
  const { chart } = studio.roundChart();
  const form = { kind: kinds.all[0].name, objective: "both", parent: undefined, adapter: "carried", items: "", replay: "0", tokens: "all", order: "sampled", with_validation: false, reward: "reference", criterion: "", candidates: "", ...shared.lasting };
  let more = false;
  let rounds = [];
  let ofOthers = {};  // the students of rounds that are not of the one in use
  let mark = "";  // of the list that is held
  const details = new Map();  // what is known of each round that was looked at
  let launchers = [];
  let judges = [];  // models that can reward candidates
  let heldOut = [];  // data sets that a round can be validated on
  let criteria = [];  // of which a round can learn the edits
  let untrained;
  let plan = null;
  let chosen = Number(new URLSearchParams(location.search).get("round")) || null;
  let unseen = chosen !== null;  // what an address, a press or a start has asked for, until it is in view
  let awaited = null;  // the round just made, chosen as soon as it is in the list
  let missing = null;
  let notice = "";
  let away = false;
  let loads = 0;
  let asks = 0;
  let loaded = false;
  let timer = null;
  let drawn = "";

  const load = async () => {
    clearTimeout(timer);
    const mine = ++loads;
    const answer = await call(server, "rounds", { mark });
    if (mine !== loads) return;  // a later look is under way: this one may lack what was made since
    if (answer.error) notice = said(answer.error);
    else {
      if (away) notice = "";  // it said that the studio does not answer
      const before = live();
      ({ mark, untrained, launchers, judges } = answer);
      listed(answer);
      if (!loaded) {
        form.parent = rounds.find((r) => isUsable(r) && kinds.isStudent(r) && kinds.of(r))?.round ?? "";
        if (chosen === null) chosen = (training() ?? live())?.round ?? "new";
      }
      settle();
      if ((before && !live()) || (kinds.of(form).makes && plan?.pairs === 0) || (form.candidates && plan?.checks?.some((c) => c.level === "stops"))) ask();
      loaded = true;
    }
    away = Boolean(answer.offline);
    await look(chosen);
    if (mine !== loads) return;
    render();
    timer = setTimeout(load, live() ? 1000 : 4000);
  };
  const listed = ({ fields, rows, others, progress }) => {
    ofOthers = others;
    if (rows) rounds = rows.map((row) => Object.fromEntries(fields.map((field, i) => [field, row[i]])));
    for (const p of progress) Object.assign(rounds.find((r) => r.round === p.round) ?? {}, p);
  };
  /** Asks what is new of the round looked at; of one that has ended, once. */
  const look = async (number) => {
    const row = rounds.find((r) => r.round === number);
    const held = details.get(number);
    if (away || !row || (held?.settled && held.state === row.state)) return;
    const answer = await call(server, "round_detail", { round: number, seen: held?.events ?? 0 });
    if (answer.error) { notice = said(answer.error); away = Boolean(answer.offline); return; }
    if (details.get(number) !== held) return;  // another look was quicker; what this one adds is there
    const joined = (name) => (answer.adds ? [...held[name], ...answer[name]] : answer[name]);
    details.set(number, { ...answer, train_losses: joined("train_losses"), validation_losses: joined("validation_losses") });
  };
  /** Chooses the round just made once it is in the list; of one that is not there, says so as long as it is not. */
  const settle = () => {
    const known = (number) => rounds.some((r) => r.round === number);
    if (known(awaited)) { chosen = awaited; awaited = null; unseen = true; remember(chosen); }
    if (chosen !== "new" && !known(chosen)) { missing = chosen; chosen = "new"; }
    if (known(missing)) missing = null;
  };
  const ask = async () => {
    const mine = ++asks;
    const answer = await call(server, "plan", asked());
    if (mine !== asks) return;  // the form has changed since
    plan = answer;
    heldOut = answer.held_out_sets ?? heldOut;
    criteria = answer.criteria ?? criteria;
    render(true);
  };
  const offers = (name) => kinds.of(form).offers.includes(name);
  const carries = () => kinds.of(form).trains === "student" && (!offers("adapter") || form.adapter === "carried");
  /** The choices that the form shows; what a kind does not offer is not asked for. */
  const asked = () => {
    const chosen = { ...form, ...numbers("replay"), candidates: form.candidates || null };
    return { kind: form.kind, launcher: form.launcher, items: form.items || null, parent: carries() && form.parent !== "" ? Number(form.parent) : null,
      ...shared.lastingAsked(form), ...Object.fromEntries(kinds.of(form).offers.map((name) => [name, chosen[name]])) };
  };
  const live = () => rounds.find((r) => LIVE.includes(r.state));
  const training = () => rounds.find((r) => ["running", "cancelling"].includes(r.state));
  // The whole path: Gradio's <base> would send a bare query to the first page.
  const remember = (value) => history.replaceState(null, "", value === "new" ? location.pathname : `${location.pathname}?round=${value}`);
  const choose = async (value) => {
    chosen = value;
    awaited = missing = null;
    unseen = true;
    remember(value);
    render(true);
    if (details.get(value)?.settled) return;
    await look(value);
    if (chosen === value) render(true);
  };
  /** Has candidates made for the form's round; the strip of jobs shows how far that is. */
  const make = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    render(true);
  };
  const sampling = (name, text, given) => sampler(text, { round: asked().parent, seed: plan?.next_seed ?? null, ...given }, (body) => make(name, body));
  const start = () => act("start_round", asked());
  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    awaited = answer.round ?? null;
    await load();
    ask();
  };

  // Losses on different rows are no measure of each other: all on the rows of the newest are bare, others have a mark for
  // each choice of rows. What a reward model is measured by is no loss of answers.
  const marked = (r) => { const at = lossRows().indexOf(comparesBy(r)); return [r.loss.toFixed(3), at > 0 && h("sup", {}, String.fromCharCode(96 + at))]; };
  const comparesBy = (r) => (r.loss != null && !kinds.isReward(r) ? `${kinds.of(r)?.watched} ${r.validates_on}` : null);
  const lossRows = () => [...new Set(rounds.filter((r) => r.state === "finished").map(comparesBy).filter(Boolean))];
  const label = (r) =>
    r.state === "finished" ? (comparesBy(r) ? marked(r) : t("finished"))
    : r.state === "running" ? (r.steps ? studio.percent((r.step ?? 0) / r.steps) : PHASES[r.stage] ?? t("starting"))
    : r.place ? t("waits, place {n}", { n: r.place }) : STATES[r.state];
  const validated = (r) => r.validates_on && t("validated on {name}", { name: studio.measuredOn(r.validates_on) });
  /** Whether a round is of the student in use. */
  const isUsable = (r) => !(r.round in ofOthers);
  const begun = (r) => (r.parent ? t("from round {n}", { n: r.parent }) : t("from the base model"));
  /** What the loss in the list is of. */
  const lossOf = (r) => validated(r) || (typeof r.loss === "number" && kinds.of(r) && t("loss of {rows}", { rows: studio.t(kinds.of(r).watched_on) }));
  const origin = (r) => {
    const keeps = LIVE.includes(r.state) || r.state === "finished";  // else it gave back what it was to learn
    const learns = kinds.joined(kinds.title(r), kinds.of(r) && keeps && kinds.counted(kinds.of(r), r.items));
    return `${[!isUsable(r) && t("student {name}", { name: ofOthers[r.round] }), learns, begun(r), lossOf(r)].filter(Boolean).join(" · ")} · `;
  };
  /** Whether the kind in the form takes what it learns, so that it waits until then. */
  const takes = () => Boolean(kinds.of(form).given_back);
  const list = () =>
    h("section", { class: "card" }, h("h2", {}, t("Rounds"), h("span", { class: "grow" }), h("small", {}, t("held-out loss"))),
      h("ol", {},
        h("li", {}, h("button", { "data-key": "new", "aria-current": chosen === "new" ? "true" : null, onclick: () => choose("new") }, h("span", {}, t("New round")), h("span", { class: "chip num" }, takes() ? count(untrained) : count(plan?.pairs)), h("small", {}, takes() ? t("accepted and not yet trained") : studio.t(kinds.of(form).figure)))),
        rounds.map((r) => h("li", {}, h("button", { "data-key": r.round, "aria-current": chosen === r.round ? "true" : null, onclick: () => choose(r.round) },
          h("span", {}, t("Round {n}", { n: r.round }), r.name && h("span", { class: "soft", dir: "auto" }, ` ${r.name}`)), h("span", { class: `num ${LIVE.includes(r.state) ? "chip" : ""}` }, label(r)),
          h("small", {}, origin(r), studio.when(r.started_at)))))),
      lossRows().length > 1 && h("p", { class: "body small soft" }, t("Losses with different marks are on different held-out rows and do not compare.")));

  const fields = studio.fields(form, (name) => {
    if (name === "kind" && kinds.of(form).begins) form.parent = "";  // a round 0 begins with the base model
    if (name === "kind" && !kinds.of(form).has_edits && form.order === "edit_size") form.order = "sampled";
    ask();
  });
  const { number, numbers, select, check, group } = fields;
  const newRound = () => {
    const ready = plan && !plan.error && plan.pairs > 0;
    const kind = kinds.of(form);
    const usable = rounds.filter(isUsable), students = usable.filter(kinds.isStudent), scorers = usable.filter(kinds.isReward), preferring = students.filter((r) => kinds.of(r)?.prefers);
    const scoring = [["reference", t("likeness to the reference answer")], ...scorers.map((r) => [r.round, t("round {n}", { n: r.round })])];
    const rewards = [...scoring, ...judging(judges), ...preferring.map((r) => [r.round, t("what round {n} prefers", { n: r.round })])];
    const parents = [["", t("the base model")], ...students.map((r) => [r.round, t("round {n}", { n: r.round })])];
    return h("section", { class: "card" },
      h("h2", HEADING, t("New round"), h("small", {}, studio.t(kind.about))),
      h("div", { class: "figures" },
        figure(studio.t(kind.figure), count(plan?.pairs)), figure(t("training rows"), count(plan?.rows)),
        figure(plan?.is_counted === false ? t("takes at most about") : t("takes about"), plan ? (plan.pairs ? studio.seconds(plan.seconds) : "–") : "…"), (plan?.samples ? sampled(plan.samples) : []), figure(t("device"), plan?.device ? said(plan.device) : plan ? "–" : t("asking …"))),
      h("div", { class: "setup" },
        select("kind", t("learns"), kinds.all.map((one) => [one.name, studio.t(one.label)])), offers("objective") && select("objective", shared.objective[0], shared.objective[1]),
        offers("reward") && select("reward", kind.asks_reward ? t("rewarded by") : t("the best by"), kind.asks_reward ? scoring : rewards),
        carries() && select("parent", t("carries on from"), parents), number("items", t("at most"), 1, 1000000, 1, null, t("all")),
        h("button", { class: "act main start for-owners", disabled: !ready || plan.checks.some((c) => c.level === "stops"), onclick: start }, plan?.pairs ? t("{button} on {count}", { button: studio.t(kind.button), count: kinds.counted(kind, plan.pairs) }) : studio.t(kind.button))),
      h("details", { class: "body small", open: more, ontoggle: (e) => { more = e.target.open; } }, h("summary", {}, t("More choices")),
        group(t("What it learns"), offers("with_validation") && check("with_validation", t("learn the validation answers too, as the paper does; nothing is held out then")),
          offers("adapter") && select("adapter", ...shared.adapter), offers("replay") && number("replay", t("replayed answers"), 0, 1, 0.1, shared.replay),
          offers("tokens") && select("tokens", ...shared.tokens), offers("order") && select("order", ...shared.order(kind)),
          offers("candidates") && select("candidates", t("ranks candidates by"), [["", t("no candidates")], ...rewards], said(given.whys.candidates)),
          offers("criterion") && select("criterion", t("edits of"), [["", t("all criteria")], ...criteria.map((name) => [name, name])], said(given.whys.criterion)),
          ),
        group(t("How it learns"), shared.paceFields(fields, kind),
          launchers.length > 1 && select("launcher", shared.launcher[0], launchers.map((name) => [name, name]), shared.launcher[1])),
        group(t("When it stops"), shared.stopFields(fields, kind, heldOut))),
      checks(),
      h("div", { class: "body soft small" },
        h("p", { class: "for-annotators", style: "margin:0 0 6px" }, t("Only an owner may train a round.")),
        offers("candidates") && form.candidates && h("div", {}, sampling("sample", t("Sample candidates for accepted revisions"), { reward: String(form.candidates), accepted: true })),
        offers("reward") && h("p", { style: "margin:0 0 6px" }, said(given.whys.reward)),
        plan?.error ? said(plan.error)
          : plan && !plan.pairs ? [said(plan.checks.find((c) => c.level === "stops").text), " ", kind.makes ? sampling(kind.makes, studio.t(kind.mend), { reward: String(form.reward) }) : h("a", { href: kind.page }, studio.t(kind.mend))]
          : training() ? t("Round {n} is training; this one waits its turn.", { n: training().round })
          : plan?.held_out === 0 ? t("No answers are held out to watch the loss on. Closing the browser changes nothing.")
          : plan?.validates_on ? t("The loss is watched on {n} answers of {set}, which no round learns. Closing the browser changes nothing.", { n: plan.held_out, set: studio.measuredOn(plan.validates_on) })
          : plan ? t("The loss is watched on {n} held-out answers that neither this round nor those before it learn. Closing the browser changes nothing.", { n: plan.held_out }) : ""));
  };
  const checks = () => plan?.pairs > 0 && plan.checks.some((c) => c.level !== "ok") && h("ul", { class: "body small checks" }, plan.checks.filter((c) => c.level !== "ok").map((c) => h("li", { class: c.level }, said(c.text))));
  const count = (n) => (n === undefined ? "…" : studio.number(n));
  const sampled = (s) => [figure(t("mean reward"), s.reward_all.toFixed(3)), figure(t("of the best"), s.reward_best.toFixed(3)), figure(t("distinct-2 of the best"), s.distinct_2.toFixed(2)), figure(t("words in the best"), s.length.toFixed(0))];
  const figure = (name, value, about = null) => h("div", {}, h("span", {}, name), h("strong", {}, String(value), about && h("small", {}, ` ${about}`)));
  /** A margin, which begins at nothing and may stay small. */
  const margin = (value) => (value === 0 ? "0" : Math.abs(value) < 0.1 ? String(Number(value.toPrecision(2))) : value.toFixed(2));

  const coming = () => h("section", { class: "card" }, h("h2", HEADING, t("Round {n}", { n: chosen })));
  const detail = (r) => {
    const running = LIVE.includes(r.state);
    const result = r.result ?? {};
    const figures = running
      ? [figure(t("step"), r.steps ? `${r.step ?? 0} / ${r.steps}` : "–"), figure(t("train loss"), last(r.train_losses)), figure(t("held-out loss"), last(r.validation_losses)), figure(t("learning rate"), r.learning_rate ? r.learning_rate.toExponential(1) : "–"), figure(t("tokens per second"), r.tokens_per_second ? studio.number(Math.round(r.tokens_per_second)) : "–"), r.mfu && figure(t("of the device's peak"), studio.percent(r.mfu)), r.memory_bytes && figure(t("memory"), studio.bytes(r.memory_bytes)), typeof r.margin === "number" && figure(t("margin"), margin(r.margin)), typeof r.reward === "number" && [figure(t("mean reward"), r.reward.toFixed(3)), figure(t("KL per token"), r.kl.toFixed(3))], figure(t("time left"), studio.seconds(r.seconds_left))]
      : r.state === "finished"
        ? [...rewarded(result), kinds.wasTrained(r) && [figure(kinds.isReward(r) ? t("loss of held-out pairs before") : t("held-out loss before"), result.validation_loss_before?.toFixed(3) ?? "–"), figure(t("after"), result.validation_loss_after?.toFixed(3) ?? "–")], typeof result.margin_after === "number" && figure(t("margin"), `${margin(result.margin_before)} → ${margin(result.margin_after)}`), kinds.wasTrained(r) && [figure(t("tokens per second"), result.tokens_per_second ? studio.number(Math.round(result.tokens_per_second)) : "–"), figure(t("took"), studio.seconds(result.seconds))], figure(t("adapter"), studio.bytes(result.adapter_bytes ?? 0))]
        : [];
    return h("section", { class: "card" },
      h("h2", HEADING, t("Round {n}", { n: r.round }), r.name && h("span", { dir: "auto" }, ` ${r.name}`), h("small", {}, `${kinds.title(r) || shared.objective[1].find(([v]) => v === r.objective)?.[1] || r.objective} · ${begun(r)}`), h("span", { class: "grow" }),
        running && h("button", { class: "act small cancel for-owners", disabled: r.state === "cancelling", onclick: () => act("cancel_round", { round: r.round }) }, r.state === "cancelling" ? t("Cancelling …") : t("Cancel")),
        isUsable(r) && kinds.isStudent(r) && h("a", { class: "act small main", href: `/chat?model=${r.round}` }, t("Chat with it")),
        r.place > 0 && ["up", "down"].map((way) => h("button", { class: "act small for-owners", disabled: way === "up" ? r.place === 1 : r.is_last, "aria-label": way === "up" ? t("earlier in the queue") : t("later in the queue"), onclick: () => act("move_round", { round: r.round, up: way === "up" }) }, way === "up" ? "↑" : "↓")),
        isUsable(r) && kinds.isStudent(r) && h("a", { class: "act small", href: "/evaluate" }, t("Evaluate")),
        r.resumable && h("button", { class: "act small main for-owners", onclick: () => act("resume_round", { round: r.round }) }, t("Resume")),
        !running && kinds.of(r) && isUsable(r) && h("button", { class: "act small for-owners", onclick: () => act("repeat_round", { round: r.round }) }, t("Train it again"))),
      running && h("div", { class: "body small soft", role: "status" }, r.state === "waiting" ? said(r.waits) || t("starting") : PHASES[r.stage] ?? t("starting")),
      !isUsable(r) && h("div", { class: "body" }, h("div", { class: "notice", style: "margin:0" }, t("It is of the student {name}: chat with it or continue it after choosing that student on the Models page.", { name: ofOthers[r.round] }), " ", h("a", { href: "/models" }, t("Models")))),
      r.state === "deleted" && h("div", { class: "body" }, h("div", { class: "notice", style: "margin:0" }, t("Its adapter was deleted."), " ", h("a", { href: "/adapters" }, t("Adapters")))),
      ["failed", "lost", "cancelled"].includes(r.state) && h("div", { class: "body" }, h("div", { class: "notice", style: "margin:0" }, said(r.message) || ended(r), " ", studio.t(kinds.of(r)?.given_back ?? ""))),
      kinds.isStudent(r) && better(r.round, () => render(true)),
      result.weak && h("div", { class: "body" }, h("div", { class: "notice", style: "margin:0" }, t("This reward model is weak: it is right on fewer than 60 % of held-out pairs, so its scores mean little."))),
      figures.length ? h("div", { class: "figures" }, figures) : null,
      r.train_losses.length + r.validation_losses.length > 0 && chart(r, kinds.of(r)?.has_own_loss),
      h("dl", { class: "facts" },
        fact(r.state === "waiting" ? t("queued") : t("started"), [studio.when(r.started_at), " · ", r.started_by === "found" ? t("found in its directory") : h("span", { dir: "auto" }, r.started_by)]),
        r.state === "finished" && kinds.of(r) && fact(t("learned"), learned(r, result)),
        r.state === "finished" && result.rows_dropped > 0 && fact(t("left out"), result.rows_dropped === 1 ? t("1 row longer than the student reads") : t("{n} rows longer than the student reads", { n: studio.number(result.rows_dropped) })),
        r.validates_on && fact(t("held-out loss"), [validated(r), ": ", t("compares only with rounds validated on the same rows")]),
        r.repeats && fact(t("trains again"), h("a", { href: `/rounds?round=${r.repeats}` }, t("round {n}", { n: r.repeats }))),
        typeof result.sampled_anew_from === "number" && fact(t("resumed"), t("from step {n} with new samples, so training it again makes another adapter", { n: result.sampled_anew_from })),
        r.state === "finished" && fact(t("adapter's hash"), h("span", { class: "mono", dir: "auto" }, result.adapter_hash?.slice(0, 16))),
        kinds.wasTrained(r) && fact(t("runs as"), h("span", { class: "mono", dir: "auto" }, r.launcher === "here" ? r.command : `${r.launcher}: ${r.command}`))),
      kinds.isStudent(r) && examples(result.examples),
      made(r.round, () => render(true)));
  };
  /** How right a reward model is, or what a round by a reward gained. */
  const rewarded = (result) => [
    ...[["accuracy", t("right on held-out pairs")], ["accuracy_like_length", t("of like length")]].filter(([name]) => result[name]?.n).map(([name, text]) =>
      figure(text, studio.percent(result[name].value), t("[{low}, {high}], n = {n}", { low: studio.percent(result[name].low), high: studio.percent(result[name].high), n: result[name].n }))),
    ...(typeof result.reward_after === "number" ? [figure(t("mean reward"), `${result.reward_before.toFixed(3)} → ${result.reward_after.toFixed(3)}`), figure(t("KL per token"), result.kl.toFixed(3))] : []),
  ];
  const ended = (r) => (r.state === "cancelled" ? t("This round was cancelled.") : r.state === "lost" ? t("This round was lost.") : t("This round has failed."));
  const learned = (r, result) => {
    const values = { count: kinds.counted(kinds.of(r), r.items), rows: studio.number(result.rows ?? 0), tokens: studio.number(result.tokens ?? 0), device: result.device_name ?? result.device, dtype: result.dtype };
    return t("{count}, {rows} rows, {tokens} tokens on {device} in {dtype}", values);
  };
  const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
  const last = (points) => (points.length ? points[points.length - 1][1].toFixed(3) : "–");

  /** Where the list lies above, the chosen round begins far below it: it comes into view, and reading goes on there. */
  const reveal = () => {
    const [above, below] = page.querySelectorAll(".rounds > .card");
    unseen = false;
    if (below.offsetLeft > above.offsetLeft) return;
    const heading = below.querySelector("h2");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  };

  const render = (wanted = false) => {
    const known = details.get(chosen);
    const shown = JSON.stringify([rounds, known, untrained, plan, chosen, missing, notice, loaded, form]);
    if (shown === drawn && !wanted) return;
    drawn = shown;
    // A form in use is redrawn only for its own answer.
    if (document.activeElement?.closest?.(".setup") && !wanted) { drawn = ""; return; }
    studio.replace(page,
      studio.subnav("/rounds"),
      h("div", { class: "bar" }, h("span", { class: "num" }, untrained === 1 ? t("1 accepted revision waits to be learned") : t("{n} accepted revisions wait to be learned", { n: count(untrained) })), h("span", { class: "grow" }), h("span", {}, said(plan?.device) ?? "")),
      ...[notice, missing && t("There is no round {n}.", { n: missing })].filter(Boolean).map((text) => h("div", { class: "notice", role: "alert" }, text)),
      loaded ? h("div", { class: "rounds" }, list(), chosen === "new" ? newRound() : known ? detail({ ...known, name: rounds.find((r) => r.round === chosen)?.name }) : coming()) : h("div", { class: "nothing" }, t("Reading the rounds …")));
    if (loaded && unseen && (chosen === "new" || known)) reveal();
  };
  load();
  ask();
};
