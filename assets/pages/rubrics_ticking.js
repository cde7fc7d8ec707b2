// @ts-check
// Which instructions are ticked, and the groups that a category's members are listed in.

/** @typedef {{id: number, group: number | null, text: string | null}} Member `text` where it is shown. */

/** The members in two groups, and those in neither: all of them where there are no two. @param {Member[]} members */
export const grouped = (members) => {
  const [one, two] = [0, 1].map((number) => members.filter(({ group }) => group === number));
  if (!one.length || !two.length) return { one: [], two: [], others: members };
  return { one, two, others: members.filter(({ group }) => group === null) };
};

/** With one ticked, or not. @param {ReadonlySet<number>} chosen @param {number} id @param {boolean} on
 * @returns {ReadonlySet<number>} */
export const ticked = (chosen, id, on) => new Set(on ? [...chosen, id] : [...chosen].filter((one) => one !== id));
