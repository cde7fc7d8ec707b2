// @ts-check
// White space as an edit changes it: a change that cannot be seen is none that can be decided on.
import { codePoint } from "./text.js";

/**
 * @typedef {{read: string, sign: string | null, ends?: boolean}} Spaced A run of a text; `ends`: it holds a
 *   line's end.
 */

const SIGNS = /** @type {Record<string, string>} */ ({
  " ": "·",
  "\t": "→",
  "\n": "↵",
  "\r\n": "␍↵",
  "\r": "␍",
  "\u00a0": "⍽",
  "\u3000": "□",
});

/**
 * A changed text whose change is one of white space alone, in runs, those that changed with signs; null for any other.
 * @param {string} text @param {string} other @returns {Spaced[] | null}
 */
export const spaced = (text, other) => {
  const words = (/** @type {string} */ one) => one.replace(/\s+/g, "");
  if (text.trim() !== "" && words(text) !== words(other)) return null;
  const [pieces, others] = [text.split(/(\s+)/), other.split(/(\s+)/)];
  const isAlike = pieces.length === others.length && pieces.every((piece, i) => i % 2 || piece === others[i]);
  return pieces.flatMap((piece, i) =>
    i % 2 && !(isAlike && piece === others[i]) ? signed(piece) : [{ read: piece, sign: null }]
  );
};

/**
 * The lines' ends that a change of white space alone begins with on both sides: they did not change.
 * @param {string} before @param {string} after
 */
export const commonEnds = (before, after) => {
  if ((before + after).trim() !== "") return "";
  const [a, b] = [before, after].map((text) => /^[\r\n]*/.exec(text)?.[0] ?? "");
  let n = 0;
  while (n < Math.min(a.length, b.length) && a[n] === b[n]) n += 1;
  return a.slice(0, n);
};

/**
 * White space with a sign over each character; what is copied is the white space.
 * @param {string} space
 * @returns {Spaced[]}
 */
const signed = (space) =>
  (space.match(/ +|\r\n|\s/g) ?? []).map((run) => ({ read: run, sign: signOf(run), ends: /[\r\n]/.test(run) }));

/** @param {string} run */
const signOf = (run) => run[0] === " " ? "·".repeat(run.length) : SIGNS[run] ?? codePoint(run);
