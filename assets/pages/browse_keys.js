// @ts-check
// Browse by keyboard: its keys, moving from row to row, and what has the focus when a page is turned.
import { shortcut } from "../lib/shared.js";
import { useEffect, useLayoutEffect, useRef } from "../lib/view.js";

/** @typedef {import("./browse_list.js").Listed} Listed */
/** @typedef {{current: HTMLElement | null}} Box */
/** @typedef {Record<string, (event: KeyboardEvent) => void>} Keys */

/** @param {Keys} keys What each key does; held down, it does so again. */
export const useKeys = (keys) => {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const press = (/** @type {KeyboardEvent} */ event) => {
      const act = now.current[shortcut(event) ?? ""];
      if (!act) return;
      event.preventDefault();
      act(event);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
};

/** The keys that move from row to row. @param {Box} rows @returns {Keys} */
export const moving = (rows) => {
  const move = (/** @type {number} */ step) => {
    const links = /** @type {HTMLElement[]} */ ([...rows.current?.querySelectorAll("a.row") ?? []]);
    const row = document.activeElement?.closest("li")?.querySelector("a.row");
    const at = links.findIndex((link) => link === row);
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  };
  return { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1) };
};

/**
 * Turns pages, and where the row or the button that had the focus is gone, the first row has it.
 * @param {Listed} list @param {Box} rows
 */
export const useTurning = ({ page, where, isBusy, turn }, rows) => {
  const foot = useRef(/** @type {HTMLElement | null} */ (null));
  const isTurning = useRef(false);
  useLayoutEffect(() => {
    if (!isTurning.current) return;
    isTurning.current = false;
    scrollTo({ top: 0 });
    const at = document.activeElement;
    const isElsewhere = rows.current?.closest(".page")?.contains(at) && !foot.current?.contains(at);
    if (!isElsewhere) rows.current?.querySelector("a")?.focus({ preventScroll: true });
  }, [page]);
  const isPossible = {
    first: true,
    next: page.next !== null && !isBusy,
    before: where.place.after !== null && !isBusy,
  };
  return {
    foot,
    turn: (/** @type {"first" | "next" | "before"} */ to) => {
      if (!isPossible[to]) return;
      isTurning.current = true;
      turn(to);
    },
  };
};
