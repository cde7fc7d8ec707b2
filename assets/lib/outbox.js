// @ts-check
// Work on its way: it leaves one at a time and in order, and what the studio did not answer is sent again.

/** @typedef {{name: string, body: {request_id: string}}} Entry What is asked; its request id makes a repetition harmless. */

/**
 * @template {Entry} T
 * @param {import("./shared.js").Ask} ask
 * @param {{answered: (entry: T, answer: any) => void, refused: (entry: T, answer: {error: string} & any) => void,
 *   note: (tries: number, left: number) => void}} told `note` is told of every try and, with 0 left, of the end.
 * @param {(tries: number) => number} pause Milliseconds before the next try.
 */
export const outbox = (ask, told, pause = (tries) => Math.min(500 * 2 ** tries, 8000)) => {
  /** @type {T[]} */
  const entries = [];
  let sending = false;
  const send = async () => {
    if (sending) return;
    sending = true;
    for (let tries = 0; entries.length;) {
      told.note(tries, entries.length);
      const answer = await ask(entries[0].name, entries[0].body);
      if (answer.offline) {
        tries += 1;
        told.note(tries, entries.length);
        await new Promise((resolve) => setTimeout(resolve, pause(tries)));
        continue;
      }
      tries = 0;
      const entry = /** @type {T} */ (entries.shift());
      if (answer.error) told.refused(entry, answer);
      else told.answered(entry, answer);
    }
    sending = false;
    told.note(0, 0);
  };
  return {
    push: (/** @type {T} */ entry) => {
      entries.push(entry);
      send();
    },
    isEmpty: () => !entries.length,
    /** What is on its way, the oldest first. */
    entries: () => /** @type {readonly T[]} */ (entries),
  };
};
