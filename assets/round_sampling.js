// Having candidates sampled from the rounds page, and what a judge's calls for them will take, told before.
"use strict";
studio.roundSampling = (server) => {
  const { h, t, call, said } = studio;
  const JUDGE = "judge:";
  const form = { items: "16", k: "8", seed: "17" };
  let asked = {};  // what was last estimated, and the answer once it is there
  const dollars = (billionths) => {
    const value = billionths / 1e9;
    return `$${value.toFixed(value >= 1 || value === 0 ? 2 : 4)}`;
  };
  const written = ({ instructions, unwritten }) => t("{n} instructions, {texts} texts to write.", { n: studio.number(instructions), texts: studio.number(unwritten) });
  const price = ({ calls, most }) => {
    if (!calls) return t("No calls to pay for.");
    return most === null
      ? t("{n} calls. The greatest price is unknown: set this judge's price on the Teacher page.", { n: studio.number(calls) })
      : t("{n} calls, at most {price}.", { n: studio.number(calls), price: dollars(most) });
  };
  const estimated = (body, draw) => {
    const key = JSON.stringify(body);
    if (asked.key !== key) {
      const mine = asked = { key };
      call(server, "sampling_estimate", body).then((answer) => { mine.answer = answer; draw(); });
    }
    if (!asked.answer) return t("Estimating …");
    if (asked.answer.error) return said(asked.answer.error);
    return body.reward.startsWith(JUDGE) ? `${written(asked.answer)} ${price(asked.answer)}` : written(asked.answer);
  };
  /** What a reward is called. */
  const rewardName = (name) => name === "reference" ? t("likeness to the reference answer")
    : name.startsWith(JUDGE) ? t("the judge {name}", { name: name.slice(JUDGE.length) }) : t("round {n}", { n: name });
  /** Judges as rewards, for a choice among all. */
  const judging = (judges) => judges.map((name) => [JUDGE + name, rewardName(JUDGE + name)]);
  let tell = () => {};
  const { number, numbers } = studio.fields(form, () => tell());
  /** The form that has candidates sampled, with how many texts that is and what it costs where a judge is the reward. */
  let proposed = null;
  const sampler = (text, { seed = null, ...given }, press) => {
    if (seed !== proposed && seed !== null) form.seed = String(seed);  // where all were set aside, another seed draws others
    proposed = seed;
    const told = h("span", { class: "soft small", role: "status" });
    const body = () => ({ ...given, ...numbers("items", "k", "seed") });
    tell = () => told.replaceChildren(estimated(body(), () => tell()));
    tell();
    return h("div", { class: "setup for-owners sampling" },
      number("items", t("instructions"), 1, 100000), number("k", t("candidates each"), 1, 64), number("seed", t("seed"), 0, 2 ** 32 - 1),
      h("button", { class: "act", onclick: () => { press(body()); asked = {}; } }, text), told);
  };
  return { judging, rewardName, sampler };
};
