// @ts-check
// What Browse asks: the rows of one page, by the key of the row before them, and how many there are. The place in the
// list is the page's address. Each question ends the one before it.
import { body, read, write } from "../lib/browse_address.js";
import { newId, onBack } from "../lib/shared.js";
import { useEffect, useRef, useState } from "../lib/view.js";

/** @typedef {import("../lib/browse_address.js").Key} Key */
/** @typedef {import("../lib/browse_address.js").Place} Place */
/** @typedef {{place: Place, before: (Key | null)[]}} Where The place, and the keys of the pages before it. */
/** @typedef {{all: number, waiting: number, unchanged: number}} Counts */
/** @typedef {{rows: import("./browse_row.js").Item[] | null, next: Key | null}} Rows */
/**
 * @typedef {object} Listed `counts` and, of each state, `states` are null until they are known; `isBusy` while rows are
 * asked for. `turn` goes to the first page, the next one or the one before.
 * @property {Where} where @property {Rows} page @property {string | null} error @property {boolean} isBusy
 * @property {Counts | null} counts @property {Record<string, number> | null} states
 * @property {(change: Partial<Place>) => void} narrow @property {(to: "first" | "next" | "before") => void} turn
 * @property {() => void} reload @property {() => void} recount
 */

/** @returns {Where} */
const ofAddress = () => ({ place: read(new URLSearchParams(location.search)), before: history.state?.before ?? [] });

/** @param {Where} where @param {boolean} isStep Whether the browser's Back takes it back. */
const remember = ({ place, before }, isStep) => {
  const address = location.pathname + write(place, location.search);
  if (isStep) history.pushState({ before }, "", address);
  else history.replaceState({ before }, "", address);
};

const UNCOUNTED = {
  counts: /** @type {Counts | null} */ (null),
  states: /** @type {Record<string, number> | null} */ (null),
};

/** @param {import("../lib/view.js").Ask} ask @returns {Listed} */
export const useList = (ask) => {
  const [where, setWhere] = useState(ofAddress);
  const [page, setPage] = useState(/** @type {Rows} */ ({ rows: null, next: null }));
  const [found, setFound] = useState(UNCOUNTED);
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const [isBusy, setBusy] = useState(true);
  const [token] = useState(newId);
  const at = useRef(where); // what is gone to last, drawn or not
  const newest = useRef(0);
  const isCounted = useRef(false);

  const load = async (/** @type {Place} */ place) => {
    const mine = ++newest.current;
    setBusy(true);
    const { sort, after } = place;
    const answer = await ask("list_items", { ...body(place), sort, after, token });
    if (mine !== newest.current) return;
    if (answer.cancelled) return load(place); // an older question was served late and ended this one
    setBusy(false);
    setError(answer.error ?? null);
    if (answer.error) return;
    setPage({ rows: answer.rows, next: answer.next });
    if (answer.counts) setFound(({ states }) => ({ counts: answer.counts, states }));
    if (!isCounted.current) count(place, mine);
  };
  const count = async (/** @type {Place} */ place, /** @type {number} */ mine) => {
    const answer = await ask("count_items", { ...body(place), token });
    if (mine !== newest.current || answer.cancelled) return;
    setError(answer.error ?? null);
    if (answer.error) return;
    isCounted.current = true;
    setFound({ counts: answer.counts, states: answer.states });
  };
  const recount = () => {
    isCounted.current = false;
    setFound(({ states }) => ({ counts: null, states }));
  };
  const show = (/** @type {Where} */ to) => {
    at.current = to;
    setWhere(to);
    load(to.place);
  };
  const go = (/** @type {Where} */ to, isStep = false) => {
    remember(to, isStep);
    show(to);
  };
  useEffect(() => {
    go(at.current);
    return onBack(() => {
      recount();
      show(ofAddress());
    });
  }, []);
  return {
    ...{ where, page, error, isBusy, recount },
    ...found,
    reload: () => go(at.current),
    narrow: (change) => {
      recount();
      go({ place: { ...at.current.place, ...change, after: null }, before: [] });
    },
    turn: (to) => go(turned(at.current, to, page.next), true),
  };
};

/** @param {Where} where @param {"first" | "next" | "before"} to @param {Key | null} next @returns {Where} */
export const turned = ({ place, before }, to, next) => {
  if (to === "next") return { place: { ...place, after: next }, before: [...before, place.after] };
  if (to === "before") return { place: { ...place, after: before.at(-1) ?? null }, before: before.slice(0, -1) };
  return { place: { ...place, after: null }, before: [] };
};
