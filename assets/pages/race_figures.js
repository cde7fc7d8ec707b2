// @ts-check
// The figures of a race in the order of its tables and of its chart.

/** @typedef {{method: string, learning_rate: number, seed: number, numbers: number[], spent: number[], stage: string,
 *   is_done: boolean, cost: number, steps: number, seconds: number}} Run */
/** @typedef {{method: string, learning_rate: number | null, losses: [number, number][], out: string | null,
 *   swept: number, decisions: number, teacher_tokens: number}} Method */
/** @typedef {{wins: number, ties: number, losses: number, inconsistent: number, both_bad: number, invalid: number,
 *   n: number}} Counts */
/** @typedef {{second: string, dataset: string, answer: string, judge: string, rates: Record<string, Counts>,
 *   reason: string | null}} Judged */
/** @typedef {{methods: string[], items: number, rounds: number, seeds: number, rates: string, budget: number,
 *   parent: number | null, datasets: string[], evaluate_items: number, judge: string}} Settings */
/** @typedef {{id: number, state: string, reason: string | null, started_by: string, started_at: string,
 *   settings: Settings, methods: Method[], runs: Run[], runs_in_all: number, is_measured: boolean,
 *   judged: Judged[]}} Race */
/** @typedef {{answer: string, metric: string, mean: number, low: number | null, high: number | null,
 *   difference: number | null, difference_low: number | null, difference_high: number | null,
 *   says: "better" | "worse" | "unclear" | null, rank: number}} Cell */
/** @typedef {{method: string, seeds: number, cells: Cell[], course: number[]}} Line */
/** @typedef {{dataset: string, test_set: string, rows: number, lines: Line[]}} SetTable */
/** @typedef {{x: number, y: number, low?: number, high?: number}} Point */

const LOSS = "loss";

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** A method's runs at the rate that races; all of them while that is not known. @param {Race} race @param {Method} method */
export const racing = (race, { method, learning_rate }) =>
  race.runs.filter((run) => run.method === method && (learning_rate === null || run.learning_rate === learning_rate));

/** What a method's runs at its best rate took on average; null before there is one. @param {Race} race @param {Method} method */
export const taken = (race, method) => {
  const runs = method.learning_rate === null ? [] : racing(race, method);
  if (!runs.length) return null;
  const [steps, cost, seconds] = [
    runs.map((one) => one.steps),
    runs.map((one) => one.cost),
    runs.map((one) => one.seconds),
  ]
    .map(mean);
  return { steps, cost, seconds };
};

/** @param {Line} line */
const lossOf = (line) => line.cells.find((cell) => cell.metric === LOSS);

/**
 * A method's loss over what it had spent, both means over seeds: from where all began, and after each of its rounds. The
 * interval is known of the last one. @param {Race} race @param {SetTable} table @param {Line} line @returns {Point[]}
 */
export const overBudget = (race, table, line) => {
  const method = race.methods.find((one) => one.method === line.method);
  const runs = method ? racing(race, method).filter((run) => run.spent.length === line.course.length) : [];
  if (!runs.length) return [];
  const began = table.lines.find((one) => !one.method)?.course.at(-1);
  const last = lossOf(line);
  const points = line.course.map((y, place) => ({
    x: Math.round(mean(runs.map((run) => run.spent[place]))),
    y,
    ...(place === line.course.length - 1 && last?.low != null && last.high != null
      ? { low: last.low, high: last.high }
      : {}),
  }));
  return began === undefined ? points : [{ x: 0, y: began }, ...points];
};

/** The columns of a table: every kind of answer and metric that a line has. @param {SetTable} table */
export const columns = (table) => {
  const cells = table.lines.flatMap((line) => line.cells);
  return cells.filter((cell, i) => cells.findIndex((one) => isSame(one, cell)) === i)
    .map(({ answer, metric }) => ({ answer, metric }));
};

/** @param {Line} line @param {{answer: string, metric: string}} column @returns {Cell | null} */
export const cellOf = (line, column) => line.cells.find((cell) => isSame(cell, column)) ?? null;

/** @param {{answer: string, metric: string}} one @param {{answer: string, metric: string}} other */
const isSame = (one, other) => one.answer === other.answer && one.metric === other.metric;
