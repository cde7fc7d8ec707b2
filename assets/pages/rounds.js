// @ts-check
// The Rounds page: the list of rounds, the one looked at, and the form that starts the next. It only shows what the store
// and the rounds' directories say, so a reload or another browser sees the same.
import { Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { RoundsNav } from "../lib/subnav.js";
import { h, useAsked, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/view.js";
import { asked, firstForm, ofForm } from "./rounds_asked.js";
import { ChosenCard } from "./rounds_card.js";
import { comparable } from "./rounds_curves.js";
import { NewRound } from "./rounds_form.js";
import { roundKinds } from "./rounds_kinds.js";
import { RoundsList } from "./rounds_list.js";
import { useDetails, useRounds } from "./rounds_news.js";
import { RoundCard } from "./rounds_one.js";
import { reveal, useShown } from "./rounds_shown.js";
import { isUsable } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_news.js").Round} Round */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */
/** @typedef {import("./rounds_plan.js").Plan & {held_out_sets: string[], criteria: string[]}} Plan */
/** @typedef {import("./rounds_plan.js").Planned} Planned */
/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {import("./rounds_choices.js").Form} Form */

const PAUSE = 200;

/** @param {{ask: Ask, given: import("./rounds_form.js").Given}} props */
export default ({ ask, given }) => {
  const kinds = useMemo(() => roundKinds(given.kinds), []);
  const { list, error, reload } = useRounds(ask);
  const { shown, missing, choose, expect, isUnseen } = useShown(list);
  const { form, setForm, planned, replan } = usePlan(ask, kinds, list);
  const [beside, setBeside] = useState(/** @type {number[]} */ ([]));
  const looked = lookedAt(kinds, list, shown, beside);
  const details = useDetails(ask, list, looked);
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const act = async (/** @type {string} */ name, /** @type {object} */ body) => {
    const answer = await ask(name, body);
    setRefused(answer.error ?? null);
    expect(answer.round ?? null);
    await reload();
    replan();
  };
  const page = useRef(/** @type {HTMLElement | null} */ (null));
  const known = looked.flatMap((one) => details.known.get(one) ?? []);
  useLayoutEffect(() => {
    if (!isUnseen.current || !page.current || !list || !(shown === "new" || known[0]?.round === shown)) return;
    isUnseen.current = false;
    reveal(page.current);
  });
  return h(
    "div",
    { class: "page", ref: page },
    h(RoundsNav, { active: "/rounds" }),
    h(Bar, { untrained: list?.untrained, device: planned.plan?.device }),
    h(Notice, {}, said(refused ?? error ?? details.error)),
    h(Notice, {}, missing !== null && t("There is no round {n}.", { n: missing })),
    list && shown !== null
      ? h(
        "div",
        { class: "rounds" },
        h(RoundsList, { kinds, list, shown, kind: ofForm(kinds.all, form), pairs: planned.plan?.pairs, choose }),
        shown === "new"
          ? h(NewRound, {
            ask,
            given,
            kinds,
            list,
            form,
            setForm,
            planned,
            act,
            onStart: () => act("start_round", asked(kinds.all, form)),
          })
          : h(Looked, { ask, kinds, list, number: shown, known, setBeside, act }),
      )
      : h("div", { class: "nothing" }, t("Reading the rounds …")),
  );
};

/** What is known of the round looked at; the others are drawn beside it.
 * @param {{ask: Ask, kinds: Kinds, list: List, number: number, known: Round[], setBeside: (rounds: number[]) => void,
 *   act: (name: string, body: object) => void}} props */
const Looked = ({ ask, kinds, list, number, known, setBeside, act }) => {
  const round = known.find((one) => one.round === number);
  if (!round) return h(ChosenCard, { title: t("Round {n}", { n: number }) });
  const { name } = list.rounds.find((one) => one.round === number) ?? round;
  return h(RoundCard, {
    ask,
    kinds,
    list,
    round: { ...round, name },
    beside: known.filter((one) => one.round !== number),
    setBeside,
    act,
  });
};

/** The round looked at, and those chosen to be drawn beside it that compare with it.
 * @param {Kinds} kinds @param {List | null} list @param {number | "new" | null} shown @param {number[]} beside */
const lookedAt = (kinds, list, shown, beside) => {
  const one = list?.rounds.find(({ round }) => round === shown);
  if (!list || !one) return [];
  const others = comparable(kinds, list.rounds, one).map(({ round }) => round);
  return [one.round, ...beside.filter((number) => others.includes(number))];
};

/** @param {{untrained: number | undefined, device: string | undefined}} props */
const Bar = ({ untrained, device }) =>
  h(
    "div",
    { class: "bar" },
    h(
      "span",
      { class: "num" },
      untrained === 1
        ? t("1 accepted revision waits to be learned")
        : t("{n} accepted revisions wait to be learned", { n: untrained === undefined ? "…" : number(untrained) }),
    ),
    h("span", { class: "grow" }),
    h("span", {}, said(device)),
  );

/**
 * The form of a new round and what it would do. It begins with the newest round of a kind that there is.
 * @param {Ask} ask @param {Kinds} kinds @param {List | null} list
 * @returns {{form: Form, setForm: (form: Form) => void, planned: Planned, replan: () => void}}
 */
const usePlan = (ask, kinds, list) => {
  const [form, setForm] = useState(firstForm(kinds.all));
  useEffect(() => {
    if (!list || form.parent !== null) return;
    const newest = list.rounds.find((one) => isUsable(list, one) && kinds.isStudent(one) && kinds.of(one));
    setForm({ ...form, parent: newest ? String(newest.round) : "" });
  }, [list]);
  const body = form.parent === null ? null : asked(kinds.all, form);
  const { answer, error, reload } =
    /** @type {{answer: Plan | null, error: string | null, reload: () => Promise<void>}} */ (
      useAsked(ask, "plan", body, PAUSE)
    );
  const newest = useRef(reload);
  newest.current = reload;
  return {
    form,
    setForm,
    planned: {
      plan: error ? null : answer,
      error,
      heldOut: answer?.held_out_sets ?? [],
      criteria: answer?.criteria ?? [],
    },
    replan: () => newest.current(),
  };
};
