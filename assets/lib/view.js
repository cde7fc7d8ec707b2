// @ts-check
// Preact as our pages use it: `h`, hooks, and hooks of our own.
import { h, render } from "../vendor/preact/preact.js";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "../vendor/preact/hooks.js";
import { onEnded, onStatus } from "./shared.js";

export { h, render, useEffect, useLayoutEffect, useMemo, useRef, useState };

/** @typedef {import("../vendor/preact/preact.d.ts").Child} Child */
/** @typedef {import("./shared.js").Ask} Ask */
/** @template T @typedef {{answer: T | null, error: string | null, reload: () => Promise<void>}} Answered */

/**
 * What the server answers to `name` with `body`, which stays the same: asked at once, by the function returned, and with
 * each status of the studio for as long as `goesOn` says so of the last answer, or there is none yet. An answer that a
 * newer one has overtaken is dropped; an error leaves the last good answer in place.
 * @template T
 * @param {Ask} ask
 * @param {string} name
 * @param {object} body
 * @param {(answer: T) => boolean} goesOn
 * @returns {Answered<T>}
 */
export const useAnswer = (ask, name, body, goesOn) => {
  const [answer, setAnswer] = useState(/** @type {T | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const newest = useRef(0);
  const last = useRef(/** @type {T | null} */ (null));
  const reload = async () => {
    const mine = ++newest.current;
    const found = await ask(name, body);
    if (mine !== newest.current) return;
    setError(found.error ?? null);
    if (found.error) return;
    last.current = found;
    setAnswer(found);
  };
  useEffect(() => {
    reload();
    return onStatus(() => {
      if (last.current === null || goesOn(last.current)) reload();
    });
  }, []);
  return { answer, error, reload };
};

/**
 * What the server answers to `name` with `body` (null: nothing is asked), asked when the body changes and when a job
 * has ended. An answer that a newer question has overtaken is dropped, and an error leaves the last good answer in place.
 * `isAsking` until the newest question is answered; `reload` asks the same again.
 * @template T
 * @param {Ask} ask
 * @param {string} name
 * @param {object | null} body
 * @param {number} wait Milliseconds without a change before it is asked.
 * @returns {{answer: T | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}}
 */
export const useAsked = (ask, name, body, wait = 0) => {
  const [found, setFound] = useState(/** @type {{answer: any, error: string | null, of: string}} */ (NOTHING_YET));
  const newest = useRef(0);
  const asked = JSON.stringify(body);
  const reload = async () => {
    const mine = ++newest.current;
    const told = await ask(name, body ?? {});
    if (mine !== newest.current) return;
    setFound((/** @type {{answer: any}} */ { answer }) => ({
      answer: told.error ? answer : told,
      error: told.error ?? null,
      of: asked,
    }));
  };
  useEffect(() => {
    if (body === null) return;
    newest.current += 1; // what is on its way answers an older question
    const timer = setTimeout(reload, wait);
    const stop = onEnded(reload);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [asked]);
  return { answer: found.answer, error: found.error, isAsking: body !== null && found.of !== asked, reload };
};

/** A `ref` for what has the focus as soon as it is there. @param {HTMLElement | null} node */
export const focused = (node) => node?.focus();

/**
 * What is typed in a NumberField, and the number that is meant: an emptied field means the `standard`, never 0.
 * @param {string} standard
 */
export const useTyped = (standard) => {
  const [value, onChange] = useState(standard);
  return { number: Number(value || standard), field: { value, standard, onChange } };
};

const NOTHING_YET = { answer: null, error: null, of: "" };
