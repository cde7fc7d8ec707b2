// @ts-check
// The Browse page: every item, filtered, sorted and searched, opened one by one or decided many at once.
import { body, empty, wholeList, words } from "../lib/browse_address.js";
import { Button } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h, useEffect, useMemo, useRef, useState } from "../lib/view.js";
import { Pager, Tools } from "./browse_bars.js";
import { BulkNotice, Confirm, useBulk } from "./browse_bulk.js";
import { Filters } from "./browse_filters.js";
import { moving, useKeys, useTurning } from "./browse_keys.js";
import { useList } from "./browse_list.js";
import { stateNames, states } from "./browse_names.js";
import { Heads, Row } from "./browse_row.js";
import { counted, extent, NONE, pageTicked, stillWaiting, ticked } from "./browse_ticks.js";

/** @typedef {import("./browse_row.js").Item} Item */

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const list = useList(ask);
  const { place } = list.where;
  const [held, setHeld] = useState(/** @type {import("./browse_filters.js").Held} */ ({}));
  const [asked, setAsked] = useState(/** @type {import("./browse_bulk.js").Asked | null} */ (null));
  const ticks = useTicks(list.page.rows);
  const search = useRef(/** @type {HTMLInputElement | null} */ (null));
  const rows = useRef(/** @type {HTMLElement | null} */ (null));
  const turning = useTurning(list, rows);
  const bulk = useBulk(ask, (what) => {
    ticks.clear();
    list.recount();
    turning.turn("first");
    if (what === "undone") choose();
  });
  const choose = async () => {
    const answer = await ask("filter_choices");
    if (answer.error) return;
    setHeld(answer);
    if (answer.batch) bulk.offer(answer.batch);
  };
  useEffect(() => {
    choose();
  }, []);
  const narrow = (/** @type {Partial<typeof place>} */ change) => {
    ticks.clear();
    list.narrow(change);
  };
  const filters = useMemo(() =>
    h(Filters, {
      ...{ place, held, search, counts: list.states, onNarrow: narrow },
      onLeave: () => {
        search.current?.blur();
        rows.current?.querySelector("a")?.focus();
      },
    }), [wholeList(place), held, list.states]);
  const chosen = words(place, stateNames());
  const decide = (/** @type {import("./browse_bulk.js").Kind} */ kind) => {
    const many = ticks.ticked.size
      ? { counts: counted(ticks.ticked), body: { items: [...ticks.ticked.keys()] }, chosen: null }
      : { counts: list.counts ?? { waiting: 0, unchanged: 0 }, body: body(place), chosen };
    setAsked({ kind, ...many });
  };
  useKeys({
    "/": () => {
      search.current?.focus();
      search.current?.select();
    },
    ...moving(rows),
    n: () => turning.turn("next"),
    p: () => turning.turn("before"),
    x: (event) => {
      const id = Number(document.activeElement?.closest("li")?.querySelector("a")?.dataset.item);
      if (id) ticks.tick(id, event.shiftKey);
    },
  });
  return h(
    "div",
    { class: "page browse" },
    h("h1", { class: "off-screen" }, t("Browse all items")),
    filters,
    h(
      "div",
      { "aria-live": "polite" },
      list.error && h(Failed, { error: list.error, onRetry: list.reload }),
      bulk.told && h(BulkNotice, { told: bulk.told, onUndo: bulk.undo }),
    ),
    h(Tools, { list, ticks: ticks.ticked.size, onDecide: decide, onUntick: ticks.clear }),
    h(
      "div",
      { class: "list", "aria-busy": String(list.isBusy), ref: rows },
      list.page.rows === null
        ? !list.error && h("div", { class: "nothing" }, t("Reading the items …"))
        : list.page.rows.length
        ? h(Items, { rows: list.page.rows, ticks })
        : h(Nothing, { chosen, onClear: () => narrow(empty()) }),
    ),
    h(Pager, { list, foot: turning.foot, onTurn: turning.turn }),
    asked && h(Confirm, { asked, onGo: () => bulk.decide(asked), onClose: () => setAsked(null) }),
  );
};

/** The ticks of rows, and how a person changes them. @param {Item[] | null} rows */
const useTicks = (rows) => {
  const [now, setNow] = useState(NONE);
  const last = useRef(/** @type {number | null} */ (null));
  const shown = useRef(/** @type {Item[]} */ ([]));
  shown.current = rows ?? [];
  useEffect(() => {
    setNow((before) => stillWaiting(before, shown.current));
  }, [rows]);
  const tick = useRef((/** @type {number} */ id, /** @type {boolean} */ withRange) => {
    const since = withRange ? last.current : null; // read now: the change is made later
    setNow((before) => ticked(before, shown.current, id, since));
    last.current = id;
  });
  return {
    ticked: now,
    tick: tick.current,
    tickPage: () => setNow((before) => pageTicked(before, shown.current)),
    clear: () => setNow(NONE),
  };
};

/** @param {{rows: Item[], ticks: ReturnType<typeof useTicks>}} props */
const Items = ({ rows, ticks: { ticked, tick, tickPage } }) => {
  const drawn = useMemo(() => {
    const named = states();
    return rows.map((item) => {
      const state = named.find(([name]) => name === item.state);
      return h(Row, { key: item.id, item, state, isTicked: ticked.has(item.id), onTick: tick });
    });
  }, [rows, ticked]);
  return h(
    "div",
    { class: "card listed" },
    h(Heads, { extent: extent(ticked, rows), onTick: tickPage }),
    h("ul", { class: "rows" }, drawn),
  );
};

/** @param {{error: string, onRetry: () => void}} props */
const Failed = ({ error, onRetry }) =>
  h(
    "div",
    { class: "notice", role: "status" },
    h("span", { class: "grow" }, said(error)),
    h(Button, { small: true, onClick: onRetry }, t("Retry")),
  );

/** @param {{chosen: string[], onClear: () => void}} props */
const Nothing = ({ chosen, onClear }) =>
  chosen.length
    ? h(
      "div",
      { class: "nothing card" },
      h("h2", {}, t("Nothing passes this filter")),
      h("p", {}, chosen.join(" · ")),
      h(Button, { main: true, onClick: onClear }, t("Clear all")),
    )
    : h(
      "div",
      { class: "nothing card" },
      h("h2", {}, t("There are no items yet")),
      h("p", {}, t("An item is a draft with its revisions. Import data, or let the student draft.")),
      h("a", { class: "act main", href: "/data" }, t("Import data")),
    );
