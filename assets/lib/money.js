// @ts-check
// Money: prices and costs are counted in billionths of a dollar.

/** Billionths of a dollar in dollars, less than one with more digits where it has them. @param {number} billionths */
export const dollars = (billionths) => {
  const value = billionths / 1e9;
  const maximumFractionDigits = value > 0 && value < 1 ? 4 : 2;
  return `$${value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits })}`;
};
