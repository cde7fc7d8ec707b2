// @ts-check
// Texts of models, files and people, and what in them misleads the eye.

const UNSEEN = /([\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff])/;
const UNSEEN_OR_JOINER = /([\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff])/;
const JOINERS = /[\u200c\u200d]/g;

/** @typedef {{read: string, sign: string | null}} Piece */

/**
 * A text in pieces: those that are read, and between them the signs that can turn or hide what one reads, by their
 * number. Joiners inside words and emoji stay.
 * @param {string} text @returns {Piece[]}
 */
export const pieces = (text) => split(text, UNSEEN);

/**
 * As `pieces`, of a text that was changed from or to `other`: where only joiners changed, they are what is shown.
 * @param {string} text @param {string} other @returns {Piece[]}
 */
export const changedPieces = (text, other) =>
  split(text, text.replace(JOINERS, "") === other.replace(JOINERS, "") ? UNSEEN_OR_JOINER : UNSEEN);

/** @param {string} text @param {RegExp} signs @returns {Piece[]} */
const split = (text, signs) =>
  text.split(signs).map((piece, i) => (i % 2 ? { read: "", sign: codePoint(piece) } : { read: piece, sign: null }));

/** @param {string} sign */
export const codePoint = (sign) => `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/**
 * A sentence with parts of a page in the place of its {names}, in the order of its language.
 * @template Part @param {string} sentence @param {Record<string, Part>} parts @returns {(string | Part)[]}
 */
export const mixed = (sentence, parts) => sentence.split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? parts[piece] : piece));
