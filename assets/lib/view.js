// @ts-check
// Preact as our pages use it: `h`, hooks, and hooks of our own.
import { h, render } from "../vendor/preact/preact.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.js";
import { onStatus } from "./shared.js";

export { h, render, useEffect, useLayoutEffect, useMemo, useRef, useState };

/** @typedef {import("../vendor/preact/preact.d.ts").Child} Child */
/** @typedef {import("./shared.js").Ask} Ask */
/** @template T @typedef {{answer: T | null, error: string | null, reload: () => Promise<void>}} Answered */

/**
 * What the server answers to `name`, asked at once, with each status of the studio, and by the function returned.
 * An answer that a newer one has overtaken is dropped; an error leaves the last good answer in place.
 * @template T
 * @param {Ask} ask
 * @param {string} name
 * @returns {Answered<T>}
 */
export const useAnswer = (ask, name) => {
  const [answer, setAnswer] = useState(/** @type {T | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const newest = useRef(0);
  const reload = async () => {
    const mine = ++newest.current;
    const found = await ask(name);
    if (mine !== newest.current) return;
    setError(found.error ?? null);
    if (!found.error) setAnswer(found);
  };
  useEffect(() => {
    reload();
    return onStatus(reload);
  }, []);
  return { answer, error, reload };
};
