// @ts-check
// What is known of a round beside its figures.
import { Ago } from "../lib/ago.js";
import { Fact, Foreign } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { validated } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */

/** @param {{kinds: Kinds, round: Round}} props */
export const RoundFacts = ({ kinds, round }) => {
  const isFinished = round.state === "finished";
  return h(
    "dl",
    { class: "facts" },
    h(Begun, { round }),
    isFinished && h(Learned, { kinds, round }),
    round.validates_on && h(
      Fact,
      { name: t("held-out loss") },
      validated(round),
      ": ",
      t("compares only with rounds validated on the same rows"),
    ),
    round.repeats && h(
      Fact,
      { name: t("trains again") },
      h("a", { href: `/rounds?round=${round.repeats}` }, t("round {n}", { n: round.repeats })),
    ),
    h(Resumed, { from: round.result?.sampled_anew_from }),
    isFinished &&
      h(
        Fact,
        { name: t("adapter's hash") },
        h("span", { class: "mono", dir: "auto" }, round.result?.adapter_hash?.slice(0, 16)),
      ),
    kinds.wasTrained(round) && h(
      Fact,
      { name: t("runs as") },
      h("span", { class: "mono", dir: "auto" }, command(round)),
    ),
  );
};

/** @param {Round} round */
const command = ({ launcher, command }) => launcher === "here" ? command : `${launcher}: ${command}`;

/** @param {{round: Round}} props */
const Begun = ({ round }) =>
  h(
    Fact,
    { name: round.state === "waiting" ? t("queued") : t("started") },
    h(Ago, { iso: round.started_at }),
    " · ",
    round.started_by === "found" ? t("found in its directory") : h(Foreign, { text: round.started_by }),
  );

/** @param {{kinds: Kinds, round: Round}} props */
const Learned = ({ kinds, round }) => {
  const kind = kinds.of(round);
  const dropped = round.result?.rows_dropped ?? 0;
  return [
    kind && h(Fact, { key: "learned", name: t("learned") }, learned(kinds, kind, round)),
    dropped > 0 && h(
      Fact,
      { key: "dropped", name: t("left out") },
      dropped === 1
        ? t("1 row longer than the student reads")
        : t("{n} rows longer than the student reads", { n: number(dropped) }),
    ),
  ];
};

/** @param {Kinds} kinds @param {Kind} kind @param {Round} round */
const learned = (kinds, kind, { items, result }) =>
  t("{count}, {rows} rows, {tokens} tokens on {device} in {dtype}", {
    count: kinds.counted(kind, items),
    rows: number(result?.rows ?? 0),
    tokens: number(result?.tokens ?? 0),
    device: result?.device_name ?? result?.device,
    dtype: result?.dtype,
  });

/** @param {{from: number | undefined}} props */
const Resumed = ({ from }) =>
  typeof from === "number"
    ? h(
      Fact,
      { name: t("resumed") },
      t("from step {n} with new samples, so training it again makes another adapter", { n: from }),
    )
    : null;
