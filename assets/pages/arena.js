// @ts-check
// The arena: a session is started, its pairs are voted on without names, and the names are shown.
import { Notice } from "../lib/parts.js";
import { onStatus, ownPrompt, said } from "../lib/shared.js";
import { EvaluateNav } from "../lib/subnav.js";
import { h, useEffect, useState } from "../lib/view.js";
import { Own } from "./arena_own.js";
import { Revealed } from "./arena_names.js";
import { Setup } from "./arena_setup.js";
import { Voting } from "./arena_voting.js";

/** @typedef {import("./arena_voting.js").Handed} Handed */
/** @typedef {{open: Handed | null, setup: import("./arena_setup.js").SetupView | null}} ArenaView */

/** @param {{ask: import("../lib/shared.js").Ask}} props */
export default ({ ask }) => {
  const [view, setView] = useState(/** @type {ArenaView | null} */ (null));
  const [shown, setShown] = useState(/** @type {import("./arena_names.js").RevealView | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const [own, setOwn] = useState(ownPrompt);
  const take = (/** @type {any} */ found, /** @type {(found: any) => void} */ set) => {
    setError(found.error ?? null);
    if (!found.error) set(found);
  };
  const load = async () => {
    const found = await ask("arena");
    take(found, (arena) => {
      setView(arena);
      setShown(null);
    });
  };
  const start = async (/** @type {object} */ asked) =>
    take(await ask("start_session", asked), (open) => setView({ open, setup: null }));
  const reveal = async (/** @type {string} */ session) => take(await ask("reveal", { session }), setShown);
  useEffect(() => {
    load();
  }, []);
  useEffect(() => view ? undefined : onStatus(load), [view === null]);
  return h(
    "div",
    { class: "page arena" },
    h(EvaluateNav, { active: "/arena" }),
    h(Notice, {}, said(error)),
    own !== null
      ? h(Own, {
        ask,
        prompt: own,
        onDone: async () => {
          await load();
          setOwn(null);
        },
      })
      : shown
      ? h(Revealed, { shown, onBack: load })
      : view?.open
      ? h(Voting, { key: view.open.session.session, ask, handed: view.open, onEnd: reveal })
      : view?.setup
      ? h(Setup, { setup: view.setup, onStart: start, onShow: reveal, onOwn: () => setOwn("") })
      : null,
  );
};
