// @ts-check
// How the best similarities lie around the floor, in numbers and in pixels.

/** @typedef {{counts: number[], low: number, high: number}} Spread Counts in bins of one width from `low` to `high`. */
/** @typedef {{x: number, y: number, width: number, height: number, isUnder: boolean}} Bar */

/** How many lie below a similarity; of the bin that it falls into, its share. @param {Spread} spread @param {number} at */
export const below = ({ counts, low, high }, at) => {
  const width = (high - low) / counts.length;
  const share = (/** @type {number} */ bin) => Math.min(1, Math.max(0, (at - low - bin * width) / width));
  return counts.reduce((sum, count, bin) => sum + count * share(bin), 0);
};

/** How many there are. @param {Spread} spread */
export const total = ({ counts }) => counts.reduce((sum, count) => sum + count, 0);

/** Where a similarity is, from the left. @param {Spread} spread @param {number} at @param {number} width */
export const placeOf = ({ low, high }, at, width) => ((at - low) / (high - low || 1)) * width;

/**
 * The bars of a histogram; a bin whose middle lies below the floor is under it.
 * @param {Spread} spread @param {number} floor @param {{width: number, height: number}} size @returns {Bar[]}
 */
export const bars = ({ counts, low, high }, floor, { width, height }) => {
  const most = Math.max(...counts, 1);
  const step = width / counts.length;
  return counts.map((count, bin) => ({
    x: bin * step,
    y: height * (1 - count / most),
    width: Math.max(1, step - 1),
    height: (height * count) / most,
    isUnder: low + ((bin + 0.5) * (high - low)) / counts.length < floor,
  }));
};
