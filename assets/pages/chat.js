// @ts-check
// Chat: a person's conversations beside the open one, in which up to four models answer side by side.
import { Notice } from "../lib/parts.js";
import { compareOn, onReturn, onStatus, said } from "../lib/shared.js";
import { h, useEffect, useState } from "../lib/view.js";
import { Compose } from "./chat_compose.js";
import { Head, List } from "./chat_list.js";
import { Lanes } from "./chat_lanes.js";
import { Options, settingsOf, STANDARD } from "./chat_options.js";

/** @typedef {{model: string, round: number | null, name: string, hash: string}} Model */
/** @typedef {{id: string, name: string, changed_at: string, writing: boolean}} Listed */
/** @typedef {{signature?: string, model?: string, left_out?: number, rubric?: string, draft?: string, waiting?: string,
 *   reason?: string}} About */
/** @typedef {{id: string, role: "user" | "assistant", content: string, state: string, about: About, versions: string[],
 *   laid_out: boolean}} Turn */
/** @typedef {{lane: number, model: string, turns: Turn[]}} Lane */
/** @typedef {{id: string, name: string, settings: object, lanes: Lane[], writing: boolean}} Conversation */
/** @typedef {{conversations: Listed[], models: Model[]}} Chats */

const LOOK_AGAIN = 250;

/** @param {{ask: import("../lib/view.js").Ask, given: {whys: Record<string, string>}}} props */
export default ({ ask, given }) => {
  const [chats, setChats] = useState(/** @type {Chats | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const chat = useConversation(ask, setError);
  const { open, models, typed } = chat;
  const list = async () => {
    const found = await ask("chats");
    setError(found.error ?? null);
    if (!found.error) setChats(found);
    return found.error ? null : found;
  };
  useEffect(() => {
    list().then((found) => found && chat.begin(found));
  }, []);
  useEffect(() => {
    if (open) list();
  }, [open?.id, open?.writing]);
  const isWrittenElsewhere = chats?.conversations.some(({ id, writing }) => writing && id !== open?.id);
  useEffect(() => isWrittenElsewhere ? onStatus(list) : undefined, [isWrittenElsewhere]);
  useEffect(() =>
    onReturn(async () => {
      await list();
      chat.look(); // what is wrong with it is said last
    }), [open]);
  if (!chats || !chat.isBegun) return h("div", { class: "page chats" }, h(Notice, {}, said(error)));
  const shown = { chats, open, models, whys: given.whys };
  return h(
    "div",
    { class: "page chats" },
    h(List, { ...shown, onOpen: chat.show, onNew: chat.clear }),
    h(
      "main",
      {},
      h(Notice, {}, said(error)),
      open && h(Head, { key: open.id, ask, open, onChats: setChats, onGone: chat.clear, onError: setError }),
      h(Options, { ...shown, typed, onModels: chat.setModels, onTyped: chat.setTyped }),
      h(Lanes, { ...shown, ask, act: chat.act, onError: setError }),
      h(Compose, {
        isEmpty: !open,
        isWriting: open?.writing ?? false,
        onSend: (message) => chat.act("send", { conversation: open?.id ?? "", message }),
        onStop: () => open && chat.act("stop_writing", { conversation: open.id }),
        onCompare: (message) => compareOn(message.trim() ? message : lastQuestion(open)),
      }),
    ),
  );
};

/**
 * The open conversation, how its next question is asked, and what can be done with it.
 * @param {import("../lib/view.js").Ask} ask @param {(error: string | null) => void} onError
 */
const useConversation = (ask, onError) => {
  const [open, setOpen] = useState(/** @type {Conversation | null} */ (null));
  const [models, setModels] = useState(/** @type {Record<string, string>} */ ({ 1: "base" }));
  const [typed, setTyped] = useState(STANDARD);
  const [isBegun, setBegun] = useState(false);
  const taken = (/** @type {any} */ found) => {
    onError(found.error ?? null);
    if (found.error) return false;
    setOpen(found);
    history.replaceState(null, "", `${location.pathname}?c=${found.id}`);
    return true;
  };
  /** @param {string} name @param {object} body */
  const act = async (name, body) => {
    const found = await ask(name, { models, ...settingsOf(typed), ...body });
    if (open && found.id !== open.id && !found.error) return opened(found); // a branch
    return taken(found);
  };
  const show = async (/** @type {string} */ conversation) => opened(await ask("conversation", { conversation }));
  const opened = (/** @type {any} */ found) => {
    if (!taken(found)) return false;
    setModels(Object.fromEntries(found.lanes.map((/** @type {Lane} */ lane) => [lane.lane, lane.model])));
    setTyped({ ...STANDARD, ...found.settings, seed: String(found.settings.seed ?? "") });
    return true;
  };
  const clear = () => {
    setOpen(null);
    onError(null);
    history.replaceState(null, "", `${location.pathname}?new`);
  };
  useWritten(ask, open, setOpen, onError);
  /** Another tab may have changed it. */
  const look = async () => {
    if (!open || open.writing) return;
    const found = await ask("conversation", { conversation: open.id });
    if (!found.error) setOpen((/** @type {Conversation | null} */ now) => now === open ? found : now);
    else if (!found.offline) onError(found.error);
  };
  /** What is shown first: what the address names, else what changed last. @param {Chats} chats */
  const begin = async (chats) => {
    const query = new URLSearchParams(location.search);
    const [model, named] = [query.get("model"), query.get("c") ?? chats.conversations[0]?.id];
    const isKnown = chats.models.some((one) => one.model === model);
    setModels({ 1: isKnown && model ? model : chats.models[0].model });
    if (!isKnown && named && !query.has("new")) await show(named);
    setBegun(true);
  };
  return { open, models, typed, isBegun, act, show, look, clear, begin, setModels, setTyped };
};

/**
 * Follows what is being written, until it has ended.
 * @param {import("../lib/view.js").Ask} ask @param {Conversation | null} open @param {(found: any) => void} setOpen
 * @param {(error: string) => void} onError
 */
const useWritten = (ask, open, setOpen, onError) =>
  useEffect(() => {
    if (!open?.writing) return;
    let left = false;
    const follow = async () => {
      const { turns, error, offline } = await ask("written", { conversation: open.id });
      if (left) return;
      if (error && !offline) return onError(error); // another tab has deleted it
      if (turns?.length) setOpen((/** @type {Conversation} */ now) => now && grown(now, turns));
      else if (turns) {
        const whole = await ask("conversation", { conversation: open.id });
        if (!left && !whole.error) return setOpen(whole);
      }
      if (!left) setTimeout(follow, error ? 8 * LOOK_AGAIN : LOOK_AGAIN);
    };
    follow();
    return () => {
      left = true;
    };
  }, [open?.id, open?.writing, open?.lanes.map(({ turns }) => turns.at(-1)?.id).join()]);

/** The conversation with these answers as far as they are. @param {Conversation} open @param {Turn[]} turns */
const grown = (open, turns) => {
  const newer = new Map(turns.map((turn) => [turn.id, turn]));
  const now = (/** @type {Turn} */ turn) => ({ ...turn, ...newer.get(turn.id), versions: turn.versions });
  return { ...open, lanes: open.lanes.map((lane) => ({ ...lane, turns: lane.turns.map(now) })) };
};

/** @param {Conversation | null} open */
const lastQuestion = (open) => open?.lanes[0]?.turns.findLast((turn) => turn.role === "user")?.content ?? "";
