// What a finished round shows beside its losses: what made it, and the held-out answers it finds easiest and hardest.
"use strict";
studio.roundMade = (server, kinds, rewardName) => {
  const { h, t, call, said } = studio;
  const known = new Map();
  const TASKS = { draft: t("draft"), revise: t("revise"), answer: t("answers"), sample: t("sampled answers"), replay: t("replayed answers"), pair: t("pairs") };
  const fact = (name, value) => [h("dt", {}, name), h("dd", {}, value)];
  const table = (made, round) => {
    const spec = made.spec;
    const file = URL.createObjectURL(new Blob([JSON.stringify(made, null, 2)], { type: "application/json" }));
    if (spec.blend.length > 0) return h("dl", { class: "facts", style: "padding:10px 0 0" },
      fact(t("made of"), kinds.madeOf(spec.blend)),
      fact(t("hashes"), h("span", { class: "mono" }, spec.blend.map((part) => part.hash.slice(0, 16)).join(", "))),
      fact(t("settings"), h("span", { class: "mono" }, `r ${spec.lora.r} · alpha ${spec.lora.alpha}`)));
    return h("dl", { class: "facts", style: "padding:10px 0 0" },
      fact(t("decisions"), [made.decisions.length === 1 ? t("1 decision") : t("{n} decisions", { n: studio.number(made.decisions.length) }), " · ", h("a", { href: file, download: `round-${round}.json` }, t("download all of this"))]),
      Object.keys(made.rubrics).length > 0 && fact(t("rubrics"), h("span", { dir: "auto" }, Object.entries(made.rubrics).map(([name, n]) => `${name} (${n})`).join(", "))),
      fact(t("rows"), Object.entries(made.rows).map(([name, n]) => `${TASKS[name] ?? name} ${studio.number(n)}`).join(" · ")),
      made.samples && fact(t("reward"), t("{reward}: mean {all}, of the best {best}; {words} words, distinct-2 {each} each and {together} together", { reward: rewardName(made.samples.reward), all: made.samples.reward_all.toFixed(3), best: made.samples.reward_best.toFixed(3), words: made.samples.length.toFixed(0), each: made.samples.distinct_2.toFixed(2), together: made.samples.distinct_2_together.toFixed(2) })),
      made.criterion && fact(t("edits of"), h("span", { dir: "auto" }, made.criterion)),
      made.ranked_by && fact(t("ranks candidates by"), h("span", { dir: "auto" }, rewardName(made.ranked_by))),
      fact(t("prompts"), h("span", { class: "mono" }, Object.entries(spec.prompts).map(([name, hash]) => `${name} ${hash}`).join(", ") || "–")),
      fact(t("parent's hash"), h("span", { class: "mono" }, spec.parent ? spec.parent.hash.slice(0, 16) : "–")),
      fact(t("seed"), String(spec.seed)),
      fact(t("settings"), h("span", { class: "mono" }, `r ${spec.lora.r} · alpha ${spec.lora.alpha} · lr ${spec.learning_rate} · epochs ${spec.epochs}${spec.max_steps ? ` · steps ≤ ${spec.max_steps}` : ""} · patience ${spec.patience} · batch ${spec.batch_size} × ${spec.accumulation} · order ${spec.order}`)));
  };
  const made = (round, draw) => h("details", { class: "body small", ontoggle: async (e) => {
    if (!e.target.open || known.has(round)) return;
    known.set(round, await call(server, "round_made_from", { round }));
    draw();
  }, open: known.has(round) }, h("summary", {}, t("What made it")), known.has(round) && (known.get(round).error ? h("div", { class: "notice" }, said(known.get(round).error)) : table(known.get(round), round)));
  const examples = (found) => found && h("details", { class: "body small" }, h("summary", {}, t("The held-out answers it finds likeliest and least likely")),
    [[t("likeliest"), found.best], [t("least likely"), found.worst]].map(([name, rows]) => [h("h3", {}, name), rows.map((row) => h("div", { class: "example" },
      h("span", { class: "num chip" }, row.loss.toFixed(2)), studio.turns(row.turns), h("p", { dir: "auto" }, h("b", {}, row.prompt)), h("p", { dir: "auto" }, row.completion)))]));
  return { made, examples };
};
