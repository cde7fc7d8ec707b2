// @ts-check
// What a person typed and has not saved: kept in this browser, by person, until it is saved or thrown away.
import { myName } from "./shared.js";

const MOST = 50;

/** @typedef {Record<string, {text: string, at: number}>} Kept */

const key = () => `citing-typed-${myName()}`;

/** @returns {Kept} */
const all = () => {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "") ?? {};
  } catch {
    return {};
  }
};

/** @param {Kept} kept */
const write = (kept) => {
  const newest = Object.entries(kept).sort(([, a], [, b]) => b.at - a.at).slice(0, MOST);
  try {
    localStorage.setItem(key(), JSON.stringify(Object.fromEntries(newest)));
  } catch { /* no room: the page still holds it */ }
};

/** @param {string | number} id @returns {string | null} */
export const get = (id) => all()[id]?.text ?? null;

/** @param {string | number} id @param {string} text */
export const keep = (id, text) => write({ ...all(), [id]: { text, at: Date.now() } });

/** @param {string | number} id */
export const drop = (id) => {
  const { [id]: gone, ...rest } = all();
  if (gone) write(rest);
};
