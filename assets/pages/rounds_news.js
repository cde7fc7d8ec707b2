// @ts-check
// What the Rounds page knows of rounds, and how it hears what is new: the list is asked for again and again, and sent
// where it has changed; of the rounds looked at comes what is new, until they have ended.
import { onStatus } from "../lib/shared.js";
import { useEffect, useRef, useState } from "../lib/view.js";

/** @typedef {import("../lib/view.js").Ask} Ask */
/** @typedef {"incomplete" | "waiting" | "running" | "cancelling" | "cancelled" | "finished" | "failed" | "lost" |
 *   "deleted"} State */
/** @typedef {{round: number, kind: string, name: string | null, parent: number | null, items: number,
 *   started_at: string, state: State, loss: number | null, validates_on: string, place: number | null,
 *   stage?: string | null, step?: number, steps?: number | null}} Listed A line of the list; how far it is, if it trains. */
/** @typedef {{mark: string, rounds: Listed[], others: Record<string, string>, untrained: number, launchers: string[],
 *   judges: string[]}} List `others` are the rounds of other students than the one in use, with their names. */
/** @typedef {{mark: string, fields: string[], rows: unknown[][] | null, others: Record<string, string>,
 *   progress: {round: number}[], untrained: number, launchers: string[], judges: string[]}} Told */
/** @typedef {[number, number][]} Losses Steps and losses. */
/** @typedef {Listed & {repeats: number | null, objective: string | null, started_by: string, settled: boolean,
 *   is_last: boolean | null, waits: string | null, result: Record<string, any> | null, message: string | null,
 *   resumable: boolean, measured: [number, number] | null, learning_rate: number | null,
 *   tokens_per_second: number | null, mfu: number | null,
 *   memory_bytes: number | null, margin: number | null, reward: number | null, kl: number | null,
 *   seconds_left: number | null, events: number, adds: boolean, train_losses: Losses, validation_losses: Losses,
 *   launcher: string, command: string}} Round As `RoundView` in citing_app/workflows/rounds/view.py. */

/** The list after an answer, which has its rows only where they have changed.
 * @param {List | null} held @param {Told} told @returns {List} */
export const listed = (held, { mark, fields, rows, progress, others, untrained, launchers, judges }) => {
  const known = rows
    ? rows.map((row) => /** @type {Listed} */ (Object.fromEntries(fields.map((field, i) => [field, row[i]]))))
    : held?.rounds ?? [];
  const far = new Map(progress.map((one) => [one.round, one]));
  const rounds = far.size ? known.map((one) => ({ ...one, ...far.get(one.round) })) : known;
  return { mark, rounds, others, untrained, launchers, judges };
};

/** A round after an answer, whose losses may be only those since the last one.
 * @param {Round | undefined} held @param {Round} told @returns {Round} */
export const joined = (held, told) =>
  held && told.adds
    ? {
      ...told,
      train_losses: [...held.train_losses, ...told.train_losses],
      validation_losses: [...held.validation_losses, ...told.validation_losses],
    }
    : told;

/**
 * The list, asked for with every status. An answer that a newer question has overtaken may lack what was
 * made since, and is dropped.
 * @param {Ask} ask
 * @returns {{list: List | null, error: string | null, reload: () => Promise<void>}}
 */
export const useRounds = (ask) => {
  const [list, setList] = useState(/** @type {List | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const held = useRef(list);
  const newest = useRef(0);
  const reload = async () => {
    const mine = ++newest.current;
    const answer = await ask("rounds", { mark: held.current?.mark ?? "" });
    if (mine !== newest.current) return;
    setError(answer.error ?? null);
    if (answer.error) return;
    held.current = listed(held.current, answer);
    setList(held.current);
  };
  useEffect(() => {
    reload();
    return onStatus(reload);
  }, []);
  return { list, error, reload };
};

/**
 * What is known in full of rounds: those `wanted` are looked at with each new list, one that has ended once.
 * @param {Ask} ask @param {List | null} list @param {number[]} wanted
 * @returns {{known: Map<number, Round>, error: string | null}}
 */
export const useDetails = (ask, list, wanted) => {
  const [known, setKnown] = useState(/** @type {Map<number, Round>} */ (new Map()));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const held = useRef(known);
  const look = async (/** @type {number} */ number) => {
    const before = held.current.get(number);
    const row = list?.rounds.find((one) => one.round === number);
    if (!row || (before?.settled && before.state === row.state)) return;
    const answer = await ask("round_detail", { round: number, seen: before?.events ?? 0 });
    setError(answer.error ?? null);
    if (answer.error || held.current.get(number) !== before) return; // another look was quicker; what this one adds is there
    held.current = new Map([...held.current, [number, joined(before, answer)]]);
    setKnown(held.current);
  };
  useEffect(() => {
    wanted.forEach(look);
  }, [list, wanted.join()]);
  return { known, error };
};
