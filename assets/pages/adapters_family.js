// @ts-check
// What is known of adapters by where they stand in the tree, and of their figures.

/** @typedef {{dataset: string, answer: string, name: string, value: number, low: number | null, high: number | null,
 *   n: number}} Figure */
/** @typedef {{round: number, name: string | null, kind: string, state: string, items: number, rows: number | null,
 *   hash: string | null, bytes: number | null, base: string | null, student: string,
 *   blend: {round: number, weight: number}[], loss_before: number | null, loss_after: number | null,
 *   started_at: string, started_by: string, figures: Figure[], children: Adapter[]}} Adapter */

/** All that descend from an adapter. @param {Adapter} adapter @returns {Adapter[]} */
export const below = (adapter) => adapter.children.flatMap((child) => [child, ...below(child)]);

/**
 * What is left of an adapter's descendants when it goes. To be trained again (`bound`), a round needs what it began as;
 * a blend and those further down do not (`free`).
 * @param {Adapter} adapter @param {(adapter: Adapter) => boolean} isTrained Whether one was trained by a kind of round.
 */
export const left = (adapter, isTrained) => {
  const living = below(adapter).filter(({ state }) => state === "finished");
  const bound = living.filter((one) => adapter.children.includes(one) && isTrained(one));
  return { bound, free: living.filter((one) => !bound.includes(one)) };
};

/**
 * A line of rounds goes straight down; it is set in where it branches, and below the first where that is not the only
 * one. @param {Adapter} adapter @param {boolean} isFirst @param {number} firsts How many there are at the top.
 */
export const isLine = ({ children }, isFirst, firsts) => children.length === 1 && (!isFirst || firsts === 1);

/**
 * The figures that have a name here, by what they were measured on, as they come.
 * @param {Figure[]} figures @param {Record<string, string>} names By answer and metric.
 * @returns {[string, {name: string, figure: Figure}[]][]}
 */
export const measured = (figures, names) =>
  [...new Set(figures.map(({ dataset }) => dataset))].map((set) => [
    set,
    figures.flatMap((figure) => {
      const name = names[`${figure.answer} ${figure.name}`];
      return figure.dataset === set && name ? [{ name, figure }] : [];
    }),
  ]);
