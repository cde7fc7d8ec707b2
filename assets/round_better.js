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
  const other = ({ to, model }) => ({
    base: t("the base model"),
    sft: t("SFT ({model})", { model: said(model) }),
    before: t("the round before ({model})", { model: said(model) }),
  }[to]);
  const head = (round, found) => {
    const values = { n: round, other: found.against.length && other(found.against[0]) };
    return {
      better: t("Round {n} is better than {other}.", values),
      worse: t("Round {n} is worse than {other}.", values),
      mixed: t("Round {n} is better than {other} in one way and worse in another.", values),
      unclear: t("Round {n} shows no clear difference to {other} yet.", values),
    }[found.says] ?? t("Is the student better? It has not been measured yet.");
  };
  const signed = (value) => value === null ? "–" : (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
  const change = ({ answer, mean, low, high, n, says }) => {
    const meaning = { better: t("better"), worse: t("worse"), unclear: t("unclear") }[says];
    const values = { difference: signed(mean), low: signed(low), high: signed(high), n: studio.number(n), meaning };
    return answer === "draft"
      ? t("drafts {difference} (95 % interval {low} to {high}, n = {n}), {meaning}", values)
      : t("self-revisions {difference} (95 % interval {low} to {high}, n = {n}), {meaning}", values);
  };
  const line = (found, one) => t("Against {other}, {metric} on {set}: {changes}.", {
    other: other(one), metric: said(found.metric), set: studio.measuredOn(found.dataset),
    changes: one.changes.map(change).join(t("; ")),
  });
  const distance = ({ kl, n, dataset, is_far }) => {
    const values = { kl: kl.toFixed(2), n: studio.number(n), set: studio.measuredOn(dataset) };
    return h("p", { class: is_far ? "notice" : "small soft" }, h("span", { dir: "auto" }, is_far
      ? t("It is far from the base model: KL {kl} nats per token on {n} held-out answers of {set}. Less than half of what the base model predicts may be left; see whether answers elsewhere have become worse, or try it at less strength.", values)
      : t("KL to the base model: {kl} nats per token on {n} held-out answers of {set}.", values)));
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
      h("p", {}, h("b", {}, head(round, found)), " ", next(found, round)),
      found.against.map((one) => h("p", { class: "small soft" }, h("span", { dir: "auto" }, line(found, one)))),
      found.distance && distance(found.distance));
  };
  return { better };
};
