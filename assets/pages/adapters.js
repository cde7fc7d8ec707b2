// @ts-check
// The Adapters page: what was trained from what, with what it learned and measured; names, exports, and what is deleted.
import { Card, Notice } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { RoundsNav } from "../lib/subnav.js";
import { h, useAsked, useMemo, useRunning, useState } from "../lib/view.js";
import { Exports } from "./adapters_exports.js";
import { Figures, One } from "./adapters_one.js";
import { roundKinds } from "./rounds_kinds.js";

/** @typedef {import("./adapters_one.js").Tree} Tree */
/** @typedef {Tree["view"] & {base: import("./adapters_family.js").Figure[]}} View */

/** @param {{ask: import("../lib/view.js").Ask, given: import("./rounds_kinds.js").Kind[]}} props */
export default ({ ask, given }) => {
  const kinds = useMemo(() => roundKinds(given), []);
  // The figures of a tree are worked out for each look: it is looked at again when a job has ended, not every second.
  const { answer, error, reload } = useAsked(ask, "adapters_tree", {});
  const running = useRunning("export ");
  const [open, setOpen] = useState(/** @type {Tree["open"]} */ (null));
  const [refused, setRefused] = useState(/** @type {string | null | undefined} */ (null));
  const act = async (/** @type {string} */ name, /** @type {object} */ body) => {
    const done = await ask(name, body);
    setRefused(said(done.error));
    if (!done.error) setOpen(null);
    await reload();
  };
  /** @type {Tree["show"]} */
  const show = (round, what) => {
    setRefused(null);
    setOpen(open?.round === round && open.what === what ? null : { round, what });
  };
  return h(
    "div",
    { class: "page" },
    h(RoundsNav, { active: "/adapters" }),
    h(Notice, {}, said(error) ?? (open?.what === "blend" ? null : refused)),
    answer
      ? h(
        Card,
        { title: t("What was trained from what"), about: t("each adapter below the one that it began as") },
        h(Roots, { view: answer, tree: { view: answer, kinds, open, refused, running, act, show } }),
      )
      : h("div", { class: "nothing" }, t("Reading the adapters …")),
  );
};

/** The base model, and below it every adapter. @param {{view: View, tree: Tree}} props */
const Roots = ({ view, tree }) =>
  h(
    "ul",
    { class: "tree" },
    h(
      "li",
      { "data-round": "base" },
      h(
        "div",
        { class: "adapter" },
        h(
          "div",
          { class: "head" },
          h("b", {}, t("the base model")),
          h("span", { class: "grow" }),
          h("a", { class: "act small", href: "/chat" }, t("Chat")),
        ),
        h("ul", { class: "measured" }, h(Figures, { figures: view.base })),
        view.exports &&
          h(Exports, { round: null, files: view.exports.base ?? {}, running: tree.running, act: tree.act }),
      ),
      view.adapters.length
        ? h("ul", {}, view.adapters.map((adapter) => h(One, { key: adapter.round, adapter, tree })))
        : h(
          "p",
          { class: "soft small" },
          t("No round has finished yet."),
          " ",
          h("a", { href: "/rounds" }, t("Train one first.")),
        ),
    ),
  );
