// @ts-check
// The list of rounds, above them the form for a new one.
import { Ago } from "../lib/ago.js";
import { Card, Foreign } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { isLive, lossMark, lossRows, origin, standing } from "./rounds_words.js";

/** @typedef {import("./rounds_news.js").List} List */
/** @typedef {import("./rounds_news.js").Listed} Listed */
/** @typedef {import("./rounds_kinds.js").Kind} Kind */
/** @typedef {import("./rounds_kinds.js").Kinds} Kinds */

/**
 * @param {{kinds: Kinds, list: List, shown: number | "new", kind: Kind, pairs: number | undefined,
 *   choose: (shown: number | "new") => void}} props `kind` is that of the form, `pairs` what it would learn.
 */
export const RoundsList = ({ kinds, list, shown, kind, pairs, choose }) => {
  // What a kind takes waits until then.
  const waits = kind.given_back ? list.untrained : pairs;
  return h(
    Card,
    { title: [t("Rounds"), h("span", { key: "gap", class: "grow" }), h("small", { key: "loss" }, t("held-out loss"))] },
    h(
      "ol",
      {},
      h(Entry, {
        key: "new",
        name: "new",
        isShown: shown === "new",
        onClick: () => choose("new"),
        title: t("New round"),
        standing: waits === undefined ? "…" : number(waits),
        isChip: true,
        about: kind.given_back ? t("accepted and not yet trained") : said(kind.figure),
      }),
      list.rounds.map((one) =>
        h(Entry, {
          key: one.round,
          name: one.round,
          isShown: shown === one.round,
          onClick: () => choose(one.round),
          title: [
            t("Round {n}", { n: one.round }),
            one.name && [" ", h(Foreign, { key: "name", class: "soft", text: one.name })],
          ],
          standing: [standing(kinds, one), h(Marked, { key: "mark", mark: lossMark(kinds, list.rounds, one) })],
          isChip: isLive(one),
          about: [origin(kinds, list, one), " · ", h(Ago, { key: "at", iso: one.started_at })],
        })
      ),
    ),
    lossRows(kinds, list.rounds).length > 1 &&
      h(
        "p",
        { class: "body small soft" },
        t("Losses with different marks are on different held-out rows and do not compare."),
      ),
  );
};

/** @param {{mark: string}} props */
const Marked = ({ mark }) => mark ? h("sup", {}, mark) : null;

/** @typedef {import("../lib/view.js").Child} Child */
/** @param {{name: number | "new", isShown: boolean, onClick: () => void, title: Child, standing: Child, isChip: boolean,
 *   about: Child}} props */
const Entry = ({ name, isShown, onClick, title, standing, isChip, about }) =>
  h(
    "li",
    {},
    h(
      "button",
      { "data-key": name, "aria-current": isShown ? "true" : null, onclick: onClick },
      h("span", {}, title),
      h("span", { class: `num${isChip ? " chip" : ""}` }, standing),
      h("small", {}, about),
    ),
  );
