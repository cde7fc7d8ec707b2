// @ts-check
// Which round is looked at: the one in the address, the one just made, or the form for a new one.
import { useLayoutEffect, useRef, useState } from "../lib/view.js";
import { isLive, trainingOne } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_news.js").Listed} Listed */
/** @typedef {number | "new"} Shown */
/** @typedef {{shown: Shown | null, missing: number | null, awaited: number | null}} Look `missing` is not there;
 *   `awaited` was just made, and is looked at as soon as it is in the list. Nothing is shown before there is a list. */

/** What is looked at once there is this list. @param {Look} look @param {Listed[]} rounds @returns {Look} */
export const settled = ({ shown, missing, awaited }, rounds) => {
  const isThere = (/** @type {Shown | null} */ number) => rounds.some(({ round }) => round === number);
  if (awaited !== null && isThere(awaited)) return { shown: awaited, missing: null, awaited: null };
  const still = missing !== null && isThere(missing) ? null : missing;
  if (shown === null) return { shown: first(rounds), missing: still, awaited };
  return shown === "new" || isThere(shown)
    ? { shown, missing: still, awaited }
    : { shown: "new", missing: shown, awaited };
};

/** What trains, or else waits, or else the form. @param {Listed[]} rounds */
const first = (rounds) => (trainingOne(rounds) ?? rounds.find(isLive))?.round ?? "new";

/**
 * @param {List | null} list
 * @returns {{shown: Shown | null, missing: number | null, choose: (shown: Shown) => void,
 *   expect: (round: number | null) => void, isUnseen: {current: boolean}}} `isUnseen` holds until what an address, a
 *   press or a start has asked for is in view.
 */
export const useShown = (list) => {
  const [look, setLook] = useState(/** @type {Look} */ ({ shown: addressed(), missing: null, awaited: null }));
  const isUnseen = useRef(look.shown !== null);
  useLayoutEffect(() => {
    if (!list) return;
    const next = settled(look, list.rounds);
    if (next.awaited === look.awaited && next.missing === look.missing && next.shown === look.shown) return;
    if (look.awaited !== null && next.awaited === null) {
      isUnseen.current = true;
      remember(next.shown);
    }
    setLook(next);
  }, [list, look]);
  return {
    ...look,
    choose: (shown) => {
      isUnseen.current = true;
      remember(shown);
      setLook({ shown, missing: null, awaited: null });
    },
    expect: (awaited) => setLook((/** @type {Look} */ now) => ({ ...now, awaited })),
    isUnseen,
  };
};

/** @returns {number | null} */
const addressed = () => Number(new URLSearchParams(location.search).get("round")) || null;

/** The whole path: Gradio's <base> would send a bare query to the first page. @param {Shown | null} shown */
const remember = (shown) =>
  history.replaceState(null, "", shown === "new" ? location.pathname : `${location.pathname}?round=${shown}`);

/** Where the list lies above, the chosen round begins far below it: it comes into view, and reading goes on there.
 * @param {Element} page */
export const reveal = (page) => {
  const [above, below] = /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".rounds > .card"));
  if (below.offsetLeft > above.offsetLeft) return;
  const heading = /** @type {HTMLElement} */ (below.querySelector("h2"));
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ block: "start" });
};
