// @ts-check
// Texts of models, files and people, and what in them misleads the eye.

const UNSEEN = /([\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])/;

/**
 * A text in pieces: those that are read, and between them the signs that can turn or hide what one reads, by their
 * number. Joiners inside words and emoji stay.
 * @param {string} text @returns {{read: string, sign: string | null}[]}
 */
export const pieces = (text) =>
  text.split(UNSEEN).map((piece, i) => (i % 2 ? { read: "", sign: codePoint(piece) } : { read: piece, sign: null }));

/** @param {string} sign */
const codePoint = (sign) => `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * A sentence with parts of a page in the place of its {names}, in the order of its language.
 * @template Part @param {string} sentence @param {Record<string, Part>} parts @returns {(string | Part)[]}
 */
export const mixed = (sentence, parts) => sentence.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? parts[piece] : piece));
