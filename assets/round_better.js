// What a finished round shows first: whether the student got better, by how much, how sure that is, and what to do next.
"use strict";
studio.roundBetter = (server) => {
  const { h, t, call, said } = studio;
  const known = new Map();
  const ask = async (round, draw) => {
    known.set(round, null);
    known.set(round, await call(server, "after_round", { round }));
    draw();
  };
  const head = (round, says) => ({
    better: t("Round {n} is better.", { n: round }),
    worse: t("Round {n} is worse.", { n: round }),
    mixed: t("Round {n} is better in some figures and worse in others.", { n: round }),
    unclear: t("Round {n} shows no clear difference yet.", { n: round }),
  }[says] ?? t("Is the student better? It has not been measured yet."));
  const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
  const line = (found) => {
    const values = {
      set: studio.measuredOn(found.dataset), value: found.value.toFixed(3), difference: signed(found.mean), model: said(found.model),
      low: found.low === null ? "–" : signed(found.low), high: found.high === null ? "–" : signed(found.high), n: studio.number(found.n),
    };
    return found.answer === "draft"
      ? t("Drafts on {set}: ROUGE-L {value}, {difference} against {model} on the same {n} instructions (95 % interval {low} to {high}).", values)
      : t("Self-revisions on {set}: ROUGE-L {value}, {difference} against {model} on the same {n} instructions (95 % interval {low} to {high}).", values);
  };
  const next = (found, round) => ({
    measure: h("a", { class: "act small", href: "/evaluate" }, t("Measure it")),
    measure_more: h("a", { class: "act small", href: "/evaluate" }, found.rows_needed ? t("Measure about {n} instructions", { n: studio.number(found.rows_needed) }) : t("Measure more instructions")),
    next_round: h("a", { class: "act small", href: "/rounds" }, t("Train the next round")),
    go_back: h("a", { class: "act small", href: "/evaluate" }, t("See what it harmed")),
  }[found.next]);
  /** Asked once for each round that is looked at; `draw` shows what came. */
  const better = (round, draw) => {
    if (!known.has(round)) ask(round, draw);
    const found = known.get(round);
    if (!found) return null;
    if (found.error) return h("div", { class: "notice", role: "alert" }, said(found.error));
    return h("div", { class: "body better", role: "status" },
      h("p", {}, h("b", {}, head(round, found.says)), " ", next(found, round)),
      found.lines.map((one) => h("p", { class: "small soft" }, h("span", { dir: "auto" }, line(one)))));
  };
  return { better };
};
