// @ts-check
// The Insights page: what the decisions teach, how far people agree, and, for owners, how many people are asked.
import { Notice } from "../lib/parts.js";
import { onStatus, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useRef, useState } from "../lib/view.js";
import { byOf, FiguresCard } from "./insights_figures.js";
import { OverlapCard } from "./insights_overlap.js";
import { Agreement, Disagreements, Preferences } from "./insights_people.js";

/** @typedef {{agreement: import("./insights_people.js").Agreements,
 *   preferences: import("./insights_people.js").Preference[],
 *   disagreements: import("./insights_people.js").Disagreement[],
 *   overlaps: import("./insights_overlap.js").Overlap[]}} People */

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const [by, setBy] = useState(byOf(location.search));
  const figures = useAsked(ask, "figures", { by });
  const people = useAsked(ask, "people", {});
  const [told, setTold] = useState({ saved: "", error: "" });
  useRecount(() => {
    figures.reload();
    people.reload();
  });
  const onGroup = (/** @type {import("./insights_figures.js").By} */ value) => {
    setBy(value);
    const query = new URLSearchParams(location.search);
    query.set("by", value);
    history.replaceState(null, "", `${location.pathname}?${query}`);
  };
  /** @type {import("./insights_overlap.js").Save} */
  const save = async (asked) => {
    const { error } = await ask("set_overlap", asked);
    setTold({ saved: error ? "" : t("Saved for {name}.", { name: asked.dataset }), error: error ?? "" });
    await people.reload();
    return !error;
  };
  const wrong = said(figures.error ?? people.error ?? told.error);
  return h(
    "div",
    { class: "page" },
    h(Notice, {}, wrong),
    !wrong && told.saved && h("div", { class: "notice", role: "status" }, told.saved),
    figures.answer
      ? figures.answer.all
        ? h(FiguresCard, { figures: figures.answer, all: figures.answer.all, by, onGroup })
        : h(Nothing, {})
      : !wrong && h("div", { class: "nothing" }, t("Counting …")),
    people.answer && h(PeopleCards, { people: people.answer, save }),
  );
};

/** Calls `reload` when the items in a state have become more or fewer. @param {() => void} reload */
const useRecount = (reload) => {
  const newest = useRef(reload);
  newest.current = reload;
  useEffect(() => {
    let before = "";
    return onStatus(({ counts }) => {
      if (!counts) return;
      const now = JSON.stringify(counts);
      if (before && now !== before) newest.current();
      before = now;
    });
  }, []);
};

/** @param {{people: People, save: import("./insights_overlap.js").Save}} props @returns {import("../lib/view.js").Child} */
const PeopleCards = ({ people: { agreement, preferences, disagreements, overlaps }, save }) => [
  h("div", { class: "cards two below" }, h(Agreement, { agreement }), h(Disagreements, { disagreements })),
  h(Preferences, { preferences }),
  h(OverlapCard, { overlaps, save }),
];

const Nothing = () =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("Nothing is decided yet")),
    h(
      "p",
      {},
      t("Accept, edit or reject some revisions."),
      " ",
      t("This page then shows which kinds are mostly right, how much is changed, and how long an item takes."),
    ),
    h("a", { class: "act main", href: "/" }, t("Review revisions")),
  );
