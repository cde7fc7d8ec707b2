// @ts-check
// One adapter, and below it those that began as it.
import { Ago } from "../lib/ago.js";
import { Button, Foreign } from "../lib/parts.js";
import { bytes, measuredOn, number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { Blending, Deleting, Naming } from "./adapters_asked.js";
import { Exports } from "./adapters_exports.js";
import { isLine, measured } from "./adapters_family.js";
import { three } from "./evaluate_words.js";

/** @typedef {import("./adapters_family.js").Adapter} Adapter */
/** @typedef {"name" | "blend" | "delete"} What */
/**
 * @typedef {object} Tree What every adapter is told. `open` is what is asked, and of which round.
 * @property {{student: string, adapters: Adapter[], exports?: Record<string, import("./adapters_exports.js").Files>}} view
 * @property {import("./rounds_kinds.js").Kinds} kinds
 * @property {{round: number, what: What} | null} open
 * @property {string | null | undefined} refused
 * @property {string[]} running
 * @property {(name: string, body: object) => void} act
 * @property {(round: number, what: What) => void} show
 */

/** @param {{adapter: Adapter, tree: Tree, above?: Adapter[]}} props `above` are those that it began as, the nearest first. */
export const One = ({ adapter, tree, above = [] }) => {
  const { round, state, student, children } = adapter;
  const { view, kinds, open } = tree;
  const files = view.exports?.[round] ?? {};
  const shape = isLine(adapter, above.length === 0, view.adapters.length) ? "line" : undefined;
  return h(
    "li",
    { "data-round": round },
    h(
      "div",
      { class: `adapter ${state}` },
      h(
        "div",
        { class: "head" },
        h("span", {}, h(Called, { adapter }), h(About, { adapter, above, kinds })),
        h("span", { class: "grow" }),
        state === "deleted" ? h("span", { class: "chip" }, t("deleted")) : h(Acts, { adapter, tree }),
      ),
      open?.round === round && h(Asked, { what: open.what, adapter, above, tree }),
      !isUsable(adapter, view) && h(
        "p",
        { class: "soft small" },
        t("It is of the student {name}: chat with it or continue it after choosing that student on the Models page.", {
          name: student,
        }),
      ),
      h(Measured, { adapter, isReward: kinds.isReward(adapter) }),
      (kinds.isStudent(adapter) || Object.keys(files).length > 0) &&
        h(Exports, { round, isGone: state !== "finished", files, running: tree.running, act: tree.act }),
    ),
    children.length > 0 && h(
      "ul",
      { class: shape },
      children.map((child) => h(One, { key: child.round, adapter: child, tree, above: [adapter, ...above] })),
    ),
  );
};

/** Whether a round is of the student in use. @param {Adapter} adapter @param {Tree["view"]} view */
const isUsable = (adapter, view) => !adapter.student || adapter.student === view.student;

/** @param {{adapter: Adapter}} props @returns {import("../lib/view.js").Child} */
const Called = ({ adapter: { name, round } }) =>
  name
    ? [h(Foreign, { tag: "b", text: name }), " ", h("span", { class: "soft" }, t("round {n}", { n: round }))]
    : h("b", {}, t("Round {n}", { n: round }));

/** @param {{adapter: Adapter, above: Adapter[], kinds: Tree["kinds"]}} props */
const About = ({ adapter, above, kinds }) =>
  h(
    "small",
    {},
    above.length > 0 && !adapter.blend.length && `${t("from round {n}", { n: above[0].round })} · `,
    learned(adapter, kinds),
    " · ",
    h(Ago, { iso: adapter.started_at }),
    " · ",
    h(Foreign, { text: adapter.started_by }),
    adapter.hash && [" · ", h("span", { class: "mono" }, adapter.hash.slice(0, 8))],
    adapter.state === "finished" && adapter.bytes && ` · ${bytes(adapter.bytes)}`,
  );

/** @param {Adapter} adapter @param {Tree["kinds"]} kinds */
const learned = (adapter, kinds) => {
  const { base, blend, items, rows, state } = adapter;
  if (base) return t("imported; it says it was trained on {name}", { name: base });
  if (blend.length === 1) return kinds.madeOf(blend);
  if (blend.length) return t("blend of {parts}", { parts: kinds.madeOf(blend) });
  const kind = kinds.of(adapter);
  const gaveBack = state === "deleted" && !items;
  const count = kind && (gaveBack ? t("{n} rows", { n: number(rows ?? 0) }) : kinds.counted(kind, items));
  return kinds.joined(kinds.title(adapter), count);
};

/** @param {{adapter: Adapter, tree: Tree}} props @returns {import("../lib/view.js").Child} */
const Acts = ({ adapter, tree: { view, kinds, open, show } }) => {
  const { round } = adapter;
  const isHere = isUsable(adapter, view);
  const asks = (/** @type {What} */ what, /** @type {string} */ text) =>
    h(Button, {
      key: what,
      small: true,
      owners: true,
      expanded: open?.round === round && open.what === what,
      onClick: () => show(round, what),
    }, text);
  return [
    isHere && kinds.isStudent(adapter) && h("a", { class: "act small", href: `/chat?model=${round}` }, t("Chat")),
    asks("name", t("Name it")),
    isHere && asks("blend", t("Blend")),
    asks("delete", t("Delete")),
  ];
};

/** @param {{what: What, adapter: Adapter, above: Adapter[], tree: Tree}} props */
const Asked = ({ what, adapter, above, tree: { kinds, refused, act, show } }) => {
  const asked = { adapter, act, onClose: () => show(adapter.round, what) };
  if (what === "name") return h(Naming, asked);
  return what === "blend" ? h(Blending, { ...asked, above, refused }) : h(Deleting, { ...asked, kinds });
};

/** @param {{adapter: Adapter, isReward: boolean}} props */
const Measured = ({ adapter: { loss_before, loss_after, figures }, isReward }) =>
  h(
    "ul",
    { class: "measured" },
    loss_before !== null && loss_after !== null && h(
      "li",
      {},
      isReward ? t("loss of held-out pairs") : t("held-out loss"),
      " ",
      h("strong", { class: "num" }, `${loss_before.toFixed(3)} → ${loss_after.toFixed(3)}`),
    ),
    h(Figures, { figures }),
  );

/** @param {{figures: import("./adapters_family.js").Figure[]}} props @returns {import("../lib/view.js").Child} */
export const Figures = ({ figures }) => {
  const names = {
    "draft loss": t("loss of answers"),
    "draft rouge_l": t("drafts, ROUGE-L"),
    "self-revision rouge_l": t("self-revisions, ROUGE-L"),
  };
  return measured(figures, names).map(([set, found]) =>
    h(
      "li",
      { key: set },
      h("span", { class: "soft", dir: "auto", lang: "" }, measuredOn(set)),
      " ",
      found.map(({ name, figure: { value, low, high, n } }, i) => [
        i > 0 && " · ",
        name,
        " ",
        h("strong", {
          class: "num",
          title: t("95 % interval {low} to {high}, n = {n}", { low: three(low), high: three(high), n }),
        }, three(value)),
      ]),
    )
  );
};
