// @ts-check
// Criteria as they are read: a rubric's, and what a version changed in them.
import { Foreign } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{before: string, after: string}} Part A stretch of a text; the same twice where it did not change. */
/** @typedef {{name: string, kind: "added" | "removed" | "changed", good: Part[], bad: Part[]}} Change */
/** @typedef {{changes: Change[] | null, described: boolean, description: string}} Changed What a version changed. */

/** @param {{criteria: import("./rubrics.js").Criterion[], isExplained?: boolean}} props */
export const Criteria = ({ criteria, isExplained = false }) =>
  h(
    "ul",
    { class: "rubric" },
    criteria.map(({ name, good, bad }) =>
      h(
        "li",
        { key: name },
        h(Foreign, { tag: "b", text: name }),
        h(Foreign, {
          tag: "p",
          class: "good",
          text: good,
          title: isExplained ? t("what a good answer does") : undefined,
        }),
        h(Foreign, { tag: "p", class: "bad", text: bad, title: isExplained ? t("what a bad answer does") : undefined }),
      )
    ),
  );

/** What one version changed since the one before it. @param {Changed} props */
export const Changes = ({ changes, described, description }) =>
  h(
    "ul",
    { class: "rubric changes" },
    described &&
      h("li", {}, h("b", {}, t("what the category is about")), h(Foreign, { tag: "p", text: description })),
    changes?.map((change) => h(OneChange, { key: change.name, change })),
    changes?.length === 0 && !described && h("li", {}, h("p", {}, t("only the order of the criteria"))),
  );

/** @param {{change: Change}} props */
const OneChange = ({ change: { name, kind, good, bad } }) =>
  h(
    "li",
    {},
    h(
      "b",
      {},
      h(Foreign, { class: "what", text: name }),
      h("span", {}, { added: t("added"), removed: t("removed"), changed: t("changed") }[kind]),
    ),
    h(Line, { side: "good", parts: good }),
    h(Line, { side: "bad", parts: bad }),
  );

/** A line of a criterion as edits; nothing where it is as it was. @param {{side: string, parts: Part[]}} props */
const Line = ({ side, parts }) =>
  parts.some(({ before, after }) => before !== after) && h(
    "p",
    { class: side, dir: "auto", lang: "" },
    parts.map(({ before, after }) =>
      before === after ? before : [before && h("del", {}, before), after && h("ins", {}, after)]
    ),
  );
