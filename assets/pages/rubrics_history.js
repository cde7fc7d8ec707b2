// @ts-check
// A category's history: each version with what it changed, and what people did to the category and those it came from.
import { Ago } from "../lib/ago.js";
import { Button, Foreign, Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { mixed } from "../lib/text.js";
import { h, useAsked } from "../lib/view.js";
import { Changes, Criteria } from "./rubrics_criteria.js";
import { useFirst } from "./rubrics_form.js";

/** @typedef {{kind: "version", category: string, version: number, by: string, at: string,
 *   criteria: import("./rubrics.js").Criterion[]} & import("./rubrics_criteria.js").Changed} Version */
/** @typedef {{kind: "rename" | "merge" | "split" | "move", source: string, target: string, members: number, by: string,
 *   at: string}} Deed */
/** @typedef {Version | Deed} Event */

/** @param {import("./rubrics.js").FormProps} props */
export const History = ({ ask, category: { name }, close }) => {
  const first = useFirst();
  const { answer, error } = /** @type {{answer: {events: Event[]} | null, error: string | null}} */ (
    useAsked(ask, "rubric_history", { category: name })
  );
  return h(
    "div",
    { class: "rubric-history", tabindex: -1, role: "region", "aria-label": t("History"), ref: first },
    h(Notice, {}, said(error)),
    answer
      ? h(
        "ol",
        {},
        answer.events.map((event, at) =>
          h("li", { key: at }, event.kind === "version" ? h(OneVersion, { event, name }) : h(OneDeed, { event }))
        ),
      )
      : !error && h("p", { class: "soft small" }, t("Reading the history …")),
    h("div", { class: "end" }, h(Button, { onClick: () => close() }, t("Close"))),
  );
};

/** @param {string} text */
const named = (text) => h(Foreign, { class: "what", text });

/** @param {{event: Deed}} props */
const OneDeed = ({ event: { kind, by, source, target, members, at } }) => [
  mixed(deed(kind), { by: named(by), source: named(source), target: named(target), members: number(members) }),
  " · ",
  h(Ago, { iso: at }),
];

/** @param {Deed["kind"]} kind */
const deed = (kind) => ({
  rename: t("{by} renamed {source} to {target}"),
  merge: t("{by} merged {source} into {target}, with {members} members"),
  split: t("{by} split {target} off {source}, with {members} members"),
  move: t("{by} moved {members} members from {source} to {target}"),
}[kind]);

/** @param {{event: Version, name: string}} props `name` of the category whose history it is. */
const OneVersion = ({ event, name }) => {
  const { category, version, by, at, criteria, changes } = event;
  const words = category === name ? t("version {n} by {by}") : t("version {n} of {category} by {by}");
  return [
    mixed(words, { n: version, by: named(said(by) ?? ""), category: named(category) }),
    " · ",
    h(Ago, { iso: at }),
    changes && h(Changes, event),
    h(
      "details",
      {},
      h(
        "summary",
        {},
        criteria.length === 1
          ? t("the whole rubric, 1 criterion")
          : t("the whole rubric, {n} criteria", { n: criteria.length }),
      ),
      h(Criteria, { criteria }),
    ),
  ];
};
