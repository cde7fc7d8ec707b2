// @ts-check
// What no rubric matches: the floor, how far the assignment agrees with who sorted the members, and what lies below.
import { onCounts } from "../lib/shared.js";
import { h, useAsked, useEffect, useState } from "../lib/view.js";
import { Agreement } from "./unmatched_agreement.js";
import { Floor } from "./unmatched_floor.js";
import { UnmatchedList } from "./unmatched_list.js";

/** @typedef {import("./unmatched_list.js").Rows} Rows */
/** @typedef {{category: string, instructions: number[], at: string}} Pick What this person sorted at once. */
/** @typedef {{floor: number, by_hand: {author: string, at: string} | null, floor_from_data: number, members: number,
 *   counts: number[], counts_members: boolean, low: number, high: number, unmatched: number, picks: Pick[],
 *   categories: string[], asked: {state: string, message: string} | null, has_model: boolean,
 *   agreement: import("./unmatched_agreement.js").Agreed, by_people: number}} View */
/** @typedef {(name: string, body: object) => Promise<boolean>} Act Does it and loads again; whether it was done. */
/** @template T @typedef {{answer: T | null, error: string | null, isAsking: boolean, reload: () => Promise<void>}} Asked */

const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const [passed, setPassed] = useState(/** @type {[number, number][]} */ ([])); // where the pages before this one end
  const after = passed.at(-1);
  const overview = /** @type {Asked<View>} */ (useAsked(ask, "overview", NOTHING));
  const list = /** @type {Asked<Rows>} */ (
    useAsked(ask, "unmatched_rows", after ? { similarity: after[0], id: after[1] } : NOTHING)
  );
  const [refused, setRefused] = useState("");
  const reload = () => Promise.all([overview.reload(), list.reload()]);
  useEffect(() => onCounts(reload), []);
  useEffect(() => {
    if (passed.length && list.answer?.rows.length === 0) setPassed([]); // all that was here is sorted
  }, [list.answer]);
  /** @type {Act} */
  const act = async (name, body) => {
    const answer = await ask(name, body);
    setRefused(answer.error ?? "");
    await reload();
    return !answer.error;
  };
  const [view, rows] = [overview.answer, list.answer];
  return h(
    "div",
    { class: "page unmatched" },
    view && rows && view.members > 0 && [
      h(
        "div",
        { key: "fits", class: "cards two fits" },
        h(Floor, { view, act }),
        h(Agreement, { agreed: view.agreement, byPeople: view.by_people }),
      ),
      h(UnmatchedList, {
        key: "list",
        ...{ view, rows, act },
        error: refused || overview.error || list.error,
        onBack: passed.length > 0 ? () => setPassed(passed.slice(0, -1)) : null,
        onNext: rows.next
          ? () => list.isAsking || setPassed([...passed, /** @type {[number, number]} */ (rows.next)])
          : null,
      }),
    ],
  );
};
