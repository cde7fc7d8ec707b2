// @ts-check
// The review desk: an instruction, its draft, revision and rubric side by side, and a person's decision.
import * as filters from "../lib/browse_address.js";
import { Notice, Turns } from "../lib/parts.js";
import { keyOf, onResize, onShortcut, onStatus, said, stayUntil, t } from "../lib/shared.js";
import * as typed from "../lib/typed.js";
import { h, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/view.js";
import { Bar } from "./review_bar.js";
import { DraftCard, OtherCard, RubricCard, Task } from "./review_cards.js";
import { Deck } from "./review_deck.js";
import { Desk } from "./review_desk.js";
import { move, pick, pickNext, revisions, toggle } from "./review_edits.js";
import { Empty } from "./review_empty.js";
import { History, Origin, SentBack, Verdicts } from "./review_history.js";
import { isOpen } from "./review_item.js";
import { Keys } from "./review_keys.js";
import { queues } from "./review_names.js";
import { SendBack } from "./review_notes.js";
import { RevisionCard } from "./review_revision.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("./review_texts.js").View} View */
/** @typedef {import("./review_texts.js").Looks} Looks */

const VIEWS = /** @type {View[]} */ (["inline", "side", "final"]);
const HOLD_EVERY = 60_000;
const BELOW_THE_CARDS = 172;
const LEAST_ROOM = 200;

/** @param {{ask: import("../lib/shared.js").Ask}} props */
export default ({ ask }) => {
  const { desk, only, reorder } = useDesk(ask);
  const looks = useLooks();
  const [showsKeys, setShowsKeys] = useState(false);
  const [back, setBack] = useState(/** @type {{item: Item, to: string} | null} */ (null));
  const { item, notice } = desk;
  const keys = deskKeys(desk, looks, () => setShowsKeys(true));
  useKeys(keys, desk);
  const page = useRoom();
  const more = async (/** @type {number} */ items) => {
    const answer = await ask("draft_more", { items });
    if (answer.error) desk.tell(said(answer.error) ?? "");
  };
  return [
    h(
      "div",
      { class: "page desk-page", ref: page },
      h(Bar, { desk, only, onOrder: reorder }),
      h(
        Notice,
        {},
        notice && [
          h("span", { class: "grow" }, notice.text),
          notice.act && h("button", { class: "act small", onclick: notice.act }, notice.label ?? t("Retry")),
        ],
      ),
      item
        ? h(Cards, {
          key: item.id,
          desk,
          item,
          looks,
          isKey: (/** @type {KeyboardEvent} */ event) => keyOf(event) in keys,
          onSendBack: (/** @type {string} */ to) => setBack({ item, to }),
        })
        : h(Empty, { desk, onQueue: () => reorder("queue"), onMore: more }),
    ),
    h(Deck, { desk, onKeys: () => setShowsKeys(true) }),
    showsKeys && h(Keys, { onClose: () => setShowsKeys(false) }),
    back && h(SendBack, {
      ...back,
      offered: desk.offered,
      onClose: () => setBack(null),
      onSend: (/** @type {string} */ note) => {
        setBack(null);
        desk.sendBack(back.item, back.to, note);
      },
    }),
  ];
};

/**
 * The desk as the address asks for it, filled; it is drawn anew when it changes.
 * @param {import("../lib/shared.js").Ask} ask
 */
const useDesk = (ask) => {
  const [, redraw] = useState(0);
  const [only, setOnly] = useState(() => {
    const address = new URLSearchParams(location.search);
    return address.has("in") ? filters.read(address) : null;
  });
  const desk = useMemo(() => {
    const asked = new URLSearchParams(location.search).get("queue") ?? "";
    return new Desk(ask, {
      typed,
      changed: () => redraw((/** @type {number} */ n) => n + 1),
      order: queues().some(([order]) => order === asked) ? asked : "queue",
      filter: only && filters.body(only),
    });
  }, []);
  useEffect(() => {
    const asked = new URLSearchParams(location.search).get("item");
    ask("notes").then((answer) => {
      desk.offered = answer.notes ?? [];
    });
    if (asked) desk.queue.open(Number(asked));
    else desk.queue.fill();
    // What lies on this desk stays this person's while the page is looked at.
    const hold = () => !document.hidden && desk.queue.items.length && ask("hold", { items: desk.queue.known() });
    const timer = setInterval(hold, HOLD_EVERY);
    const ends = [stayUntil(() => desk.isSaved()), onStatus(({ counts }) => desk.heard(counts))];
    return () => {
      clearInterval(timer);
      ends.forEach((end) => end());
    };
  }, []);
  useEffect(() => { // the address names the item only while it is the one that is shown
    const asked = new URLSearchParams(location.search).get("item");
    if (desk.queue.isLoaded && asked !== null && Number(asked) !== desk.item?.id) readdress("item", null);
  }, [desk.item?.id, desk.queue.isLoaded]);
  const reorder = (/** @type {string} */ order) => {
    setOnly(null);
    history.replaceState(null, "", location.pathname);
    readdress("queue", order === "queue" ? null : order);
    desk.queue.reorder(order);
    desk.changed();
  };
  return { desk, only: only && filters.words(only, []).join(" · "), reorder };
};

/** Changes one word of the page's address. @param {string} name @param {string | null} value */
const readdress = (name, value) => {
  const query = new URLSearchParams(location.search);
  if (value === null) query.delete(name);
  else query.set(name, value);
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
};

/** How the texts are shown, remembered in this browser. @returns {Looks} */
const useLooks = () => {
  const [view, setView] = useState(() => {
    const remembered = /** @type {View} */ (localStorage.getItem("citing-view"));
    return VIEWS.includes(remembered) ? remembered : "inline";
  });
  const [isRendered, setRendered] = useState(() => localStorage.getItem("citing-rendered") === "1");
  useEffect(() => localStorage.setItem("citing-view", view), [view]);
  useEffect(() => localStorage.setItem("citing-rendered", isRendered ? "1" : "0"), [isRendered]);
  const setPlainView = (/** @type {View} */ chosen) => {
    setView(chosen);
    setRendered(false);
  };
  return { view, isRendered, setView: setPlainView, setRendered };
};

/**
 * What each key does.
 * @param {Desk} desk @param {Looks} looks @param {() => void} onKeys
 * @returns {Record<string, () => void>}
 */
const deskKeys = (desk, looks, onKeys) => ({
  a: () => desk.decide("accept"),
  e: () => desk.startEdit(),
  r: () => desk.decide("reject"),
  s: () => desk.decide("skip"),
  u: () => desk.undo(),
  v: () => looks.setView(VIEWS[(VIEWS.indexOf(looks.view) + 1) % VIEWS.length]),
  j: () => desk.choose((item) => move(item, 1)),
  k: () => desk.choose((item) => move(item, -1)),
  x: () => desk.choose((item) => isOpen(item) && item.at && toggle(item, item.at)),
  t: () => desk.choose((item) => isOpen(item) && pickNext(item)),
  c: () => /** @type {HTMLElement | null} */ (document.querySelector(".tool select"))?.focus(),
  n: () => desk.openNote(),
  m: () => looks.setRendered(!looks.isRendered),
  ArrowLeft: () => desk.move(-1),
  ArrowRight: () => desk.move(1),
  "?": onKeys,
});

/** @param {Record<string, () => void>} keys As they are now. @param {Desk} desk */
const useKeys = (keys, desk) => {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() =>
    onShortcut((key) => {
      if (desk.editing !== null || !(key in now.current)) return false;
      now.current[key]();
      return true;
    }), []);
};

/** The cards end above the buttons: long texts scroll inside them, and the decision stays in sight. */
const useRoom = () => {
  const page = useRef(/** @type {HTMLElement | null} */ (null));
  const fit = () => {
    const top = page.current?.querySelector(".desk")?.getBoundingClientRect().top ?? 0;
    const room = Math.max(LEAST_ROOM, Math.round(innerHeight - top - scrollY - BELOW_THE_CARDS));
    page.current?.style.setProperty("--room", `${room}px`);
  };
  useLayoutEffect(fit);
  useEffect(() => {
    page.current?.addEventListener("toggle", fit, true); // earlier turns push the cards down
    const ends = [onResize(fit), onStatus(fit)];
    return () => ends.forEach((end) => end());
  }, []);
  return page;
};

/**
 * @param {{desk: Desk, item: Item, looks: Looks, isKey: (event: KeyboardEvent) => boolean,
 *   onSendBack: (to: string) => void}} props
 */
const Cards = ({ desk, item, looks, isKey, onSendBack }) => {
  const revision = h(RevisionCard, { key: "revision", desk, item, looks, isKey });
  const isOneOfSeveral = isOpen(item) && desk.editing === null && item.others.length > 0;
  const other = (/** @type {import("./review_edits.js").Revision} */ one) =>
    h(OtherCard, {
      key: one.revision_id ?? undefined,
      item,
      other: one,
      looks,
      onPick: () => desk.choose((chosen) => isOpen(chosen) && pick(chosen, one.revision_id)),
    });
  return [
    item.sent_back && h(SentBack, { sent: item.sent_back }),
    h(Turns, { turns: item.turns }),
    h(Task, { item, looks }),
    item.state === "disputed" && h(Verdicts, { item }),
    h(
      "div",
      isOneOfSeveral ? { class: "desk several", style: `--teachers:${item.others.length + 1}` } : { class: "desk" },
      isOneOfSeveral
        ? revisions(item).map((one) => (one === item ? revision : other(one)))
        : [h(DraftCard, { key: "draft", item, looks }), revision],
      h(RubricCard, { key: "rubric", item }),
    ),
    h(
      "div",
      { class: "folds" },
      h(History, { item, onLook: () => desk.lookUp(item, "history"), onSendBack }),
      h(Origin, { item, onLook: () => desk.lookUp(item, "origin") }),
    ),
  ];
};
