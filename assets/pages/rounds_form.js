// @ts-check
// The form of a new round.
import { Button, Group } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { carries, changed, firstForm, ofForm } from "./rounds_asked.js";
import { ChosenCard } from "./rounds_card.js";
import { fieldsOf, launcherField, learnFields, objectives, paceFields, stopFields } from "./rounds_choices.js";
import { Checks, PlanFigures, PlanTold } from "./rounds_plan.js";
import { judging, Sampler } from "./rounds_sampling.js";
import { isUsable } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_choices.js").Form} Form */
/** @typedef {import("./rounds_choices.js").Fields} Fields */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/** @typedef {import("./rounds_plan.js").Planned} Planned */
/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {{kinds: Kind[], whys: Record<string, string>}} Given */
/** @typedef {{ask: Ask, given: Given, kinds: Kinds, list: List, form: Form, setForm: (form: Form) => void, planned: Planned,
 *   act: (name: string, body: object) => void, onStart: () => void}} Props */

/** @param {Props} props */
export const NewRound = (props) => {
  const { given: { whys }, kinds, list, form, setForm, planned, onStart } = props;
  const { plan } = planned;
  const kind = ofForm(kinds.all, form);
  const fields = fieldsOf(form, firstForm(kinds.all), (change) => setForm(changed(kinds.all, form, change)));
  const offered = offeredRounds(kinds, list);
  const isReady = plan && plan.pairs > 0 && !plan.checks.some(({ level }) => level === "stops");
  return h(
    ChosenCard,
    { title: [t("New round"), h("small", { key: "about" }, said(kind.about))] },
    h(PlanFigures, { kind, planned }),
    h(
      "div",
      { class: "setup" },
      h(First, { fields, given: props.given, kind, offered }),
      h(
        Button,
        { main: true, owners: true, class: "start", disabled: !isReady, onClick: onStart },
        plan?.pairs
          ? t("{button} on {count}", { button: said(kind.button), count: kinds.counted(kind, plan.pairs) })
          : said(kind.button),
      ),
    ),
    h(
      "details",
      { class: "body small" },
      h("summary", {}, t("More choices")),
      h(Learning, { fields, given: props.given, kind, rewards: offered.rewards, criteria: planned.criteria }),
      h(
        Group,
        { title: t("How it learns") },
        paceFields(fields, whys, kind),
        launcherField(fields, whys, list.launchers),
      ),
      h(Stopping, { fields, whys, kind, heldOut: planned.heldOut }),
    ),
    h(Checks, { plan }),
    h(Notes, { ...props, kind }),
  );
};

/**
 * The rounds that can be chosen: as a parent, to score answers, and to reward them.
 * @param {Kinds} kinds @param {List} list
 */
const offeredRounds = (kinds, list) => {
  const usable = list.rounds.filter((one) => isUsable(list, one));
  const students = usable.filter((one) => kinds.isStudent(one));
  const named = (/** @type {typeof usable} */ rounds) =>
    rounds.map(({ round }) => /** @type {[string, string]} */ ([String(round), t("round {n}", { n: round })]));
  /** @type {[string, string][]} */
  const scoring = [
    ["reference", t("likeness to the reference answer")],
    ...named(usable.filter((one) => kinds.isReward(one))),
  ];
  const preferring = students.filter((one) => kinds.of(one)?.prefers).map((
    { round },
  ) => /** @type {[string, string]} */ ([String(round), t("what round {n} prefers", { n: round })]));
  return {
    parents: /** @type {[string, string][]} */ ([["", t("the base model")], ...named(students)]),
    scoring,
    rewards: [...scoring, ...judging(list.judges), ...preferring],
  };
};

/** What is chosen first. @param {{fields: Fields, given: Given, kind: Kind, offered: ReturnType<typeof offeredRounds>}} props */
const First = ({ fields, given: { kinds }, kind, offered }) => {
  const { select, number, form } = fields;
  return [
    select("kind", t("learns"), kinds.map((one) => [one.name, said(one.label) ?? one.label])),
    kind.offers.includes("objective") && select("objective", t("learns to"), objectives()),
    kind.offers.includes("reward") &&
    (kind.asks_reward
      ? select("reward", t("rewarded by"), offered.scoring)
      : select("reward", t("the best by"), offered.rewards)),
    carries(kind, form) && select("parent", t("carries on from"), offered.parents),
    number("items", t("at most"), { least: 1, most: 1_000_000, standard: t("all") }),
  ];
};

/** @param {{fields: Fields, given: Given, kind: Kind, rewards: [string, string][], criteria: string[]}} props */
const Learning = ({ fields, given: { whys }, kind, rewards, criteria }) => {
  const offers = (/** @type {string} */ name) => kind.offers.includes(name);
  const of = learnFields(fields, whys, kind);
  const shown = [
    offers("with_validation") && fields.check(
      "with_validation",
      t("learn the validation answers too, as the paper does; nothing is held out then"),
    ),
    offers("adapter") && of.adapter,
    offers("replay") && of.replay,
    offers("tokens") && of.tokens,
    offers("order") && of.order,
    offers("candidates") &&
    fields.select(
      "candidates",
      t("ranks candidates by"),
      [["", t("no candidates")], ...rewards],
      said(whys.candidates),
    ),
    offers("criterion") && fields.select("criterion", t("edits of"), [
      ["", t("all criteria")],
      ...criteria.map((name) => /** @type {[string, string]} */ ([name, name])),
    ], said(whys.criterion)),
  ];
  return shown.some(Boolean) && h(Group, { title: t("What it learns") }, shown);
};

/** @param {{fields: Fields, whys: Record<string, string>, kind: Kind, heldOut: string[]}} props */
const Stopping = ({ fields, whys, kind, heldOut }) => {
  const shown = stopFields(fields, whys, kind, heldOut);
  return shown.some(Boolean) && h(Group, { title: t("When it stops") }, shown);
};

/** What to know before the start; where candidates are missing, they are sampled from here.
 * @param {Props & {kind: Kind}} props */
const Notes = ({ ask, given: { whys }, list, form, kind, planned, act }) => {
  const parent = carries(kind, form) && form.parent !== "" ? Number(form.parent) : null;
  const sampler = (/** @type {string} */ name, /** @type {string} */ text, /** @type {object} */ more) =>
    h(Sampler, {
      ask,
      given: { round: parent, reward: String(form.reward), ...more },
      seed: planned.plan?.next_seed ?? null,
      onSample: (body) => act(name, body),
    }, text);
  return h(
    "div",
    { class: "body soft small" },
    h("p", { class: "for-annotators lead" }, t("Only an owner may train a round.")),
    kind.offers.includes("candidates") && form.candidates &&
      h(
        "div",
        {},
        sampler("sample", t("Sample candidates for accepted revisions"), { reward: form.candidates, accepted: true }),
      ),
    kind.offers.includes("reward") && h("p", { class: "lead" }, said(whys.reward)),
    h(PlanTold, {
      planned,
      list,
      mend: kind.makes
        ? sampler(kind.makes, said(kind.mend) ?? kind.mend, {})
        : h("a", { href: kind.page }, said(kind.mend)),
    }),
  );
};
