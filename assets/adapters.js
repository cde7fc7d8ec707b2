// The adapters page: what was trained from what, with what it learned and measured; names, exports, and what is deleted.
"use strict";
studio.adapters = (element, server, given) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  const FIGURES = { "draft loss": t("loss of answers"), "draft rouge_l": t("drafts, ROUGE-L"), "self-revision rouge_l": t("self-revisions, ROUGE-L") };
  const FORMS = [["adapter", t("as an adapter (PEFT)")], ["merged", t("merged into the student")], ["gguf", t("merged, as GGUF (llama.cpp, Ollama)")], ["gguf-adapter", t("the adapter as GGUF")]];
  const OF_THE_BASE = [["gguf", t("as GGUF (llama.cpp, Ollama)")]];
  const kinds = studio.roundKinds(given);
  let data = null;
  let jobs = [];
  let open = null; // { round, what: "name" | "blend" | "delete" }
  let notice = "";
  let drawn = "";

  const load = async () => {
    const answer = await call(server, "adapters_tree");
    if (answer.error) notice = said(answer.error);
    else data = answer;
    render();
  };
  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = said(answer.error) ?? "";
    if (!answer.error) open = null;
    drawn = ""; // also under the hand that pressed Enter
    await load();
  };
  const show = (round, what) => {
    open = open?.round === round && open.what === what ? null : { round, what };
    render();
    page.querySelector(".asked .first")?.focus();
  };

  const called = (a) => (a.name ? [h("b", { dir: "auto" }, a.name), " ", h("span", { class: "soft" }, t("round {n}", { n: a.round }))] : h("b", {}, t("Round {n}", { n: a.round })));
  const learned = (a) => {
    if (a.base) return t("imported; it says it was trained on {name}", { name: a.base });
    if (a.blend.length) return a.blend.length > 1 ? t("blend of {parts}", { parts: kinds.madeOf(a.blend) }) : kinds.madeOf(a.blend);
    const gaveBack = a.state === "deleted" && !a.items;
    return kinds.joined(kinds.title(a), kinds.of(a) && (gaveBack ? t("{n} rows", { n: studio.number(a.rows ?? 0) }) : kinds.counted(kinds.of(a), a.items)));
  };
  const figures = (found) => {
    const sets = [...new Set(found.map((f) => f.dataset))];
    return sets.map((name) => h("li", {}, h("span", { class: "soft", dir: "auto" }, studio.measuredOn(name)), " ",
      found.filter((f) => f.dataset === name && FIGURES[`${f.answer} ${f.name}`]).map((f, i) => [i ? " · " : "", FIGURES[`${f.answer} ${f.name}`], " ", h("strong", { class: "num", title: t("95 % interval {low} to {high}, n = {n}", { low: studio.fixed(f.low), high: studio.fixed(f.high), n: f.n }) }, f.value.toFixed(3))])));
  };
  const measured = (a) => h("ul", { class: "measured" },
    a.loss_before != null && a.loss_after != null && h("li", {}, kinds.isReward(a) ? t("loss of held-out pairs") : t("held-out loss"), " ", h("strong", { class: "num" }, `${a.loss_before.toFixed(3)} → ${a.loss_after.toFixed(3)}`)),
    figures(a.figures));
  const below = (a) => a.children.flatMap((child) => [child, ...below(child)]);
  const named = (a) => a.name ?? t("round {n}", { n: a.round });

  const naming = (a) => {
    const field = h("input", { class: "first", type: "text", value: a.name ?? "", "aria-label": t("Name of round {n}", { n: a.round }), dir: "auto" });
    return h("form", { class: "asked", onsubmit: (e) => { e.preventDefault(); act("name_adapter", { round: a.round, name: field.value }); } }, field,
      h("button", { class: "act small main" }, t("Save")), h("button", { class: "act small", type: "button", onclick: () => show(a.round, "name") }, t("Cancel")));
  };
  const blending = (a, above) => {
    const number = h("input", { class: "first", type: "number", min: 0, max: 2, step: 0.05, value: open.strength ?? 0.5, required: true });
    const beside = h("select", {}, h("option", { value: "" }, t("the base model")), above.filter((one) => one.state === "finished").map((one) => h("option", { value: one.round, selected: one.round === open.mixed_with }, named(one))));
    const blend = (e) => {
      e.preventDefault();
      Object.assign(open, { strength: Number(number.value), mixed_with: beside.value ? Number(beside.value) : null }); // as it is drawn anew where it is refused
      act("blend_adapter", { round: a.round, strength: open.strength, mixed_with: open.mixed_with });
    };
    return h("form", { class: "asked", onsubmit: blend },
      notice && h("p", { class: "notice", role: "alert" }, notice),
      h("p", {}, t("It becomes a round; nothing is trained. Mixed with another round, the strength is the share of this one, and the rank is the sum of both.")),
      h("label", {}, t("Strength"), number), h("label", {}, t("mix with"), beside),
      h("button", { class: "act small main" }, t("Blend")), h("button", { class: "act small", type: "button", onclick: () => show(a.round, "blend") }, t("Cancel")));
  };
  const deleting = (a) => {
    const living = below(a).filter((one) => one.state === "finished");
    // To be trained again, a round needs what it began as; a blend and those further down do not.
    const bound = living.filter((one) => a.children.includes(one) && kinds.of(one));
    const free = living.filter((one) => !bound.includes(one));
    const listed = (those) => those.map(named).join(t(", "));
    return h("div", { class: "asked", role: "alert" },
      h("p", {}, [
        kinds.wasTrained(a) ? t("The adapter is deleted for good; what it learned and measured stays on record.") : t("The adapter is deleted for good; what it measured stays on record."),
        bound.length > 0 && t("These began as it; they stay, but cannot be trained again: {names}.", { names: listed(bound) }),
        free.length > 0 && t("These descend from it and stay as they are: {names}.", { names: listed(free) }),
        !living.length && kinds.of(a)?.given_back && t("Nothing was trained from it; its revisions wait again for a round."),
      ].filter(Boolean).join(" ")),
      h("button", { class: "act small cancel", onclick: () => act("delete_adapter", { round: a.round }) }, t("Delete the adapter")),
      h("button", { class: "act small first", onclick: () => show(a.round, "delete") }, t("Keep it")));
  };
  /** Whether a round is of the student in use. */
  const isUsable = (a) => !a.student || a.student === data.student;
  const underWay = (a, form) => jobs.some((job) => job.name === `export ${form} ${a.round ?? "base"}` && job.state === "running");
  const made = (a) => data.exports?.[a.round ?? "base"] ?? {};
  const exporting = (a, forms = FORMS) => h("details", { class: "for-owners exports" }, h("summary", {}, t("Export")),
    h("ul", {}, forms.map(([form, text]) => {
      const file = made(a)[form];
      return h("li", {}, a.state === "finished" && h("button", { class: "act small", disabled: underWay(a, form), onclick: () => act("export_adapter", { round: a.round, form }) }, underWay(a, form) ? t("Exporting …") : text),
        file && [" ", h("a", { href: `/gradio_api/file=${encodeURI(file.file)}`, download: "" }, t("download, {size}", { size: studio.bytes(file.bytes) }))]);
    })));
  const asked = (a, above) => ({ name: naming, blend: blending, delete: deleting })[open.what](a, above);
  const one = (a, above = []) => h("li", { "data-round": a.round },
    h("div", { class: `adapter ${a.state}` },
      h("div", { class: "head" }, h("span", {}, called(a), h("small", {}, above.length > 0 && !a.blend.length && [t("from round {n}", { n: above[0].round }), " · "], learned(a), " · ", studio.when(a.started_at), " · ", h("span", { dir: "auto" }, a.started_by), a.hash && [" · ", h("span", { class: "mono" }, a.hash.slice(0, 8))], a.state === "finished" && a.bytes && ` · ${studio.bytes(a.bytes)}`)), h("span", { class: "grow" }),
        a.state === "deleted" ? h("span", { class: "chip" }, t("deleted")) : [
          isUsable(a) && kinds.isStudent(a) && h("a", { class: "act small", href: `/chat?model=${a.round}` }, t("Chat")),
          h("button", { class: "act small for-owners", "aria-expanded": String(open?.round === a.round && open.what === "name"), onclick: () => show(a.round, "name") }, t("Name it")),
          isUsable(a) && h("button", { class: "act small for-owners", "aria-expanded": String(open?.round === a.round && open.what === "blend"), onclick: () => show(a.round, "blend") }, t("Blend")),
          h("button", { class: "act small for-owners", "aria-expanded": String(open?.round === a.round && open.what === "delete"), onclick: () => show(a.round, "delete") }, t("Delete"))]),
      open?.round === a.round && asked(a, above),
      !isUsable(a) && h("p", { class: "soft small" }, t("It is of the student {name}: chat with it or continue it after choosing that student on the Models page.", { name: a.student })),
      measured(a),
      (kinds.isStudent(a) || Object.keys(made(a)).length > 0) && exporting(a)),
    // A line of rounds goes straight down; it is set in where it branches, and below the first where it is not the only one.
    a.children.length > 0 && h("ul", { class: a.children.length === 1 && (above.length || data.adapters.length === 1) ? "line" : null }, a.children.map((child) => one(child, [a, ...above]))));

  const render = () => {
    const shown = JSON.stringify([data, jobs, open, notice]);
    // What is being written, perhaps under an input method, is not drawn anew.
    if (shown === drawn || (drawn && page.querySelector(".asked :is(input, select):focus") && open && JSON.parse(drawn)[2]?.what === open.what)) return;
    drawn = shown;
    const opened = new Set([...page.querySelectorAll("li:has(> .adapter > details[open])")].map((li) => li.dataset.round));
    studio.redraw(page, studio.subnav("/adapters"), ...(notice && open?.what !== "blend" ? [h("div", { class: "notice", role: "alert" }, notice)] : []),
      !data ? h("div", { class: "nothing" }, t("Reading the adapters …"))
        : h("section", { class: "card" }, h("h2", {}, t("What was trained from what"), h("small", {}, t("each adapter below the one that it began as"))),
          h("ul", { class: "tree" }, h("li", { "data-round": "base" }, h("div", { class: "adapter" }, h("div", { class: "head" }, h("b", {}, t("the base model")), h("span", { class: "grow" }), h("a", { class: "act small", href: "/chat" }, t("Chat"))), h("ul", { class: "measured" }, figures(data.base)), data.exports && exporting({ round: null, state: "finished" }, OF_THE_BASE)),
            data.adapters.length ? h("ul", {}, data.adapters.map((a) => one(a))) : h("p", { class: "soft small" }, t("No round has finished yet."), " ", h("a", { href: "/rounds" }, t("Train one first.")))))));
    for (const round of opened) { const details = page.querySelector(`li[data-round="${round}"] > .adapter > details`); if (details) details.open = true; }
  };
  let ended = null;
  load();
  window.addEventListener("studio-status", (event) => {
    if (event.detail.error) return;
    jobs = event.detail.jobs.filter((job) => job.name.startsWith("export "));
    // The figures of a tree are worked out for each look: it is looked at again when a job has ended, not every second.
    if (event.detail.ended === ended) return render();
    ended = event.detail.ended;
    load();
  });
};
