// @ts-check
// A session: pair after pair without names, by keys or clicks. The next pair is shown before the vote is saved.
import { outbox } from "../lib/outbox.js";
import { Button, Foreign, Notice, Turns } from "../lib/parts.js";
import { newId, number, onShortcut, said, stayUntil, t } from "../lib/shared.js";
import { h, useEffect, useLayoutEffect, useRef, useState } from "../lib/view.js";
import { Aspects, AspectState, named } from "./arena_aspects.js";

/** @typedef {{pair: string, place: number, turns: import("../lib/parts.js").Turn[], instruction: string,
 *   input: string, left: string, right: string, names_maker: boolean}} Pair */
/** @typedef {{session: string, pairs: number, voted: number, skipped: number, reveal: string, revealed: boolean,
 *   started: string}} Session */
/** @typedef {{pair: string, left: string, right: string}} Names */
/** @typedef {{session: Session, next: Pair[], names: Names | null}} Handed */
/** @typedef {"left" | "right" | "tie" | "both_bad" | "skip"} Prefer */

/** @type {Record<string, Prefer>} */
const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie", b: "both_bad", s: "skip" };
const LONGEST_LOOK = 3600;

/** @param {{ask: import("../lib/shared.js").Ask, handed: Handed, onEnd: (session: string) => void}} props */
export const Voting = ({ ask, handed, onEnd }) => {
  const { now, pair, onItsWay, names, refused, note, vote, undo } = useVotes(ask, handed);
  const [aspects, setAspects] = useState(AspectState.none);
  const [ending, setEnding] = useState(false);
  const since = useRef(0);
  useLayoutEffect(() => { // before the pair can be seen, and so before a key that is meant for it
    since.current = performance.now();
    setAspects(AspectState.none);
  }, [pair?.pair]);
  const say = (/** @type {Prefer} */ prefer) => {
    if (!pair) return;
    const seconds = Math.min((performance.now() - since.current) / 1000, LONGEST_LOOK);
    vote(pair, prefer, prefer === "skip" ? { seconds } : { ...aspects.said, seconds });
  };
  useShortcuts((key) => {
    const aspect = named(key);
    const side = KEYS[key];
    if (key === "u") undo();
    else if (!pair) return false;
    else if (aspect) setAspects(AspectState.armed(aspects, aspect));
    else if (key === "Escape" && aspects.armed) setAspects(AspectState.armed(aspects, null));
    else if (aspects.armed && side && key.startsWith("Arrow")) {
      setAspects(AspectState.chosen(aspects, aspects.armed, side));
    } else if (side) say(side);
    else return false;
    return true;
  });
  const { session } = now;
  const done = session.voted + session.skipped + onItsWay;
  return h(
    "div",
    { class: "arena-session" },
    h(Progress, { session, done, note, onEnd: pair && (() => setEnding(true)) }),
    ending && pair ? h(Ending, { onEnd: () => onEnd(session.session), onStay: () => setEnding(false) }) : null,
    h(Notice, {}, said(refused)),
    names ? h(Last, { names }) : null,
    pair ? h(Shown, { pair, aspects, onAspects: setAspects }) : h(Finished, {
      isSaving: onItsWay > 0,
      pairs: session.pairs,
      onEnd: () => onEnd(session.session),
      onUndo: undo,
    }),
    pair ? h(Deck, { onSay: say, onUndo: undo }) : null,
  );
};

/**
 * The session as the server last said it, without what was voted on since and is on its way.
 * @param {import("../lib/shared.js").Ask} ask
 * @param {Handed} handed
 */
const useVotes = (ask, handed) => {
  const [now, setNow] = useState(handed);
  const [sent, setSent] = useState(/** @type {string[]} */ ([]));
  const [names, setNames] = useState(/** @type {(Names & {place?: number}) | null} */ (null));
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const [note, setNote] = useState("");
  const places = useRef(/** @type {Record<string, number>} */ ({}));
  const arrived = (/** @type {any} */ entry) =>
    setSent((/** @type {string[]} */ before) => before.filter((one) => one !== entry.body.pair));
  const box = useRef(/** @type {ReturnType<typeof outbox> | null} */ (null));
  box.current ??= outbox(ask, {
    answered: (entry, answer) => {
      setNow(answer);
      setNote(savedNote(entry.body, places.current));
      setNames(answer.names && { ...answer.names, place: places.current[answer.names.pair] });
      arrived(entry);
    },
    refused: async (entry, answer) => {
      setRefused(answer.error);
      setNote("");
      const again = await ask("next_pairs", { session: handed.session.session });
      if (!again.error) setNow(again);
      arrived(entry);
    },
    note: (tries, left) => {
      if (left) setNote(tries ? t("not saved yet: the studio does not answer (try {n})", { n: tries }) : t("saving …"));
    },
  });
  useEffect(() => stayUntil(() => box.current?.isEmpty() ?? true), []);
  const push = (/** @type {string} */ name, /** @type {object} */ body) => {
    setRefused(null);
    box.current?.push({ name, body: { ...body, request_id: newId() } });
  };
  for (const one of now.next) places.current[one.pair] = one.place;
  return {
    now,
    pair: now.next.find((/** @type {Pair} */ one) => !sent.includes(one.pair)),
    onItsWay: sent.length,
    names,
    refused,
    note,
    vote: (/** @type {Pair} */ pair, /** @type {Prefer} */ prefer, /** @type {object} */ more) => {
      setSent((/** @type {string[]} */ before) => [...before, pair.pair]);
      push("vote", { pair: pair.pair, prefer, ...more });
    },
    undo: () => push("take_back_vote", { session: handed.session.session }),
  };
};

/**
 * What the studio has acknowledged: a vote or a skip, or an undo, which names no pair.
 * @param {any} body @param {Record<string, number>} places
 */
const savedNote = ({ pair, prefer }, places) => {
  if (!pair) return t("undone · saved");
  const n = number(places[pair]);
  return prefer === "skip" ? t("pair {n} skipped · saved", { n }) : t("pair {n} voted on · saved", { n });
};

/** Shortcuts of what is drawn now. @param {(key: string) => boolean} handle */
const useShortcuts = (handle) => {
  const newest = useRef(handle);
  newest.current = handle;
  useLayoutEffect(() => onShortcut((key) => newest.current(key)), []); // a key pressed as soon as a pair is seen counts
};

/** @param {{session: Session, done: number, note: string, onEnd: (() => void) | undefined}} props */
const Progress = ({ session, done, note, onEnd }) => {
  const place = t("Pair {n} of {all}", { n: number(Math.min(done + 1, session.pairs)), all: number(session.pairs) });
  const bar = { role: "progressbar", "aria-label": t("Progress of the session"), "aria-valuemin": 0 };
  return h(
    "div",
    { class: "bar" },
    h("b", { role: "status" }, place),
    h(
      "div",
      { class: "meter", ...bar, "aria-valuemax": session.pairs, "aria-valuenow": done },
      h("i", { style: `width:${100 * done / session.pairs}%` }),
    ),
    session.skipped ? h("span", {}, t("{n} skipped", { n: number(session.skipped) })) : null,
    h("span", { class: "grow note" }, note),
    onEnd ? h(Button, { small: true, onClick: onEnd }, t("End the session")) : null,
  );
};

/** @param {{onEnd: () => void, onStay: () => void}} props */
const Ending = ({ onEnd, onStay }) =>
  h(
    "div",
    { class: "notice", role: "status" },
    h("span", { class: "grow" }, t("Showing the names ends the session: you cannot vote in it any more.")),
    h(Button, { small: true, onClick: onEnd }, t("Show the names")),
    h(Button, { small: true, onClick: onStay }, t("Keep voting")),
  );

/** @param {{names: Names & {place?: number}}} props */
const Last = ({ names }) =>
  h(
    "p",
    { class: "notice", role: "status" },
    t("Pair {n}: left was {left}, right was {right}.", {
      n: names.place,
      left: said(names.left),
      right: said(names.right),
    }),
  );

/** @param {{pair: Pair, aspects: import("./arena_aspects.js").State, onAspects: (state: any) => void}} props */
const Shown = ({ pair, aspects, onAspects }) =>
  h(
    "div",
    { key: pair.pair },
    h(Turns, { turns: pair.turns }),
    h(Foreign, { tag: "h1", class: pair.instruction.length > 300 ? "long" : "", text: pair.instruction }),
    pair.input ? h(Foreign, { tag: "p", class: "task-input", text: pair.input }) : null,
    h(Notice, {}, pair.names_maker && t("One of these answers names who wrote it. Judge the text, or skip the pair.")),
    h(
      "div",
      { class: "card arena-pair", tabindex: 0, role: "region", "aria-label": t("The two answers") },
      h(Answer, { label: t("Left"), text: pair.left }),
      h(Answer, { label: t("Right"), text: pair.right }),
    ),
    h(Aspects, { state: aspects, onChange: onAspects }),
  );

/** @param {{label: string, text: string}} props */
const Answer = ({ label, text }) =>
  h("section", { "aria-label": label }, h("h2", {}, label), h(Foreign, { tag: "p", text }));

/** @param {{onSay: (prefer: Prefer) => void, onUndo: () => void}} props */
const Deck = ({ onSay, onUndo }) => {
  const key = (/** @type {string} */ name) => h("kbd", { "aria-hidden": "true" }, name);
  return h(
    "div",
    { class: "deck arena-deck" },
    h(Button, { onClick: () => onSay("left") }, key("←"), t("Left")),
    h(Button, { onClick: () => onSay("tie") }, key("↓"), t("Tie")),
    h(Button, { onClick: () => onSay("right") }, key("→"), t("Right")),
    h(Button, { onClick: () => onSay("both_bad") }, key("B"), t("Both bad")),
    h("span", { class: "grow" }),
    h(Button, { onClick: () => onSay("skip") }, key("S"), t("Skip")),
    h(Button, { onClick: onUndo }, key("U"), t("Undo")),
  );
};

/** @param {{isSaving: boolean, pairs: number, onEnd: () => void, onUndo: () => void}} props */
const Finished = ({ isSaving, pairs, onEnd, onUndo }) =>
  isSaving ? h("p", { class: "soft" }, t("saving …")) : h(
    "div",
    { class: "nothing card" },
    h("h2", {}, pairs > 1 ? t("All {n} pairs are done", { n: number(pairs) }) : t("You have voted")),
    h("p", {}, t("Show the names to see who wrote what. That ends the session: you cannot vote in it any more.")),
    h(Button, { main: true, onClick: onEnd }, t("Show the names")),
    h(Button, { onClick: onUndo }, h("kbd", { "aria-hidden": "true" }, "U"), t("Undo the last vote")),
  );
