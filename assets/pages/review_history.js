// @ts-check
// What happened to an item: its decisions, who disagrees on it, who sent it back, and the row that it comes from.
import { Ago } from "../lib/ago.js";
import { FOREIGN, plain } from "../lib/parts.js";
import { isAnnotator, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { answerFace } from "./review_texts.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {import("./review_item.js").Decision} Decision */

/** @returns {Record<string, string>} */
const deeds = () => ({
  accept: t("accepted it"),
  edit: t("edited and accepted it"),
  reject: t("rejected it"),
  skip: t("skipped it"),
  undo: t("undid a decision"),
});

/** @param {Decision} decision */
const stands = ({ kind, undone }) => ["accept", "edit", "reject"].includes(kind) && !undone;

/** Who said what of an item on which people disagree. @param {{item: Item}} props */
export const Verdicts = ({ item }) => {
  const said = deeds();
  const standing = (item.history ?? []).filter(stands).reverse();
  return h(
    "p",
    { class: "verdicts" },
    standing.map((
      { id, annotator, kind },
      i,
    ) => [i > 0 && " · ", h("b", { key: id, ...FOREIGN }, annotator), ` ${said[kind]}`]),
    item.mine && isAnnotator() && h(
      "span",
      { class: "soft" },
      ` · ${t("you are one of them: deciding again changes what you said")}`,
    ),
  );
};

/** An owner sent the item back: who, to whom, and why. @param {{sent: import("./review_item.js").SentBack}} props */
export const SentBack = ({ sent }) => {
  const values = { name: sent.by, to: sent.to };
  const who = sent.to_you
    ? t("{name} sent this item back to you:", values)
    : t("{name} sent this item back to {to}:", values);
  return h(
    "div",
    { class: "notice sent", role: "status" },
    h(
      "p",
      {},
      h("b", {}, who),
      " ",
      h("span", FOREIGN, plain(sent.note ?? "")),
      " ",
      h("small", {}, h(Ago, { iso: sent.at })),
    ),
  );
};

/**
 * The item's decisions, asked for when somebody opens them.
 * @param {{item: Item, onLook: () => void, onSendBack: (to: string) => void}} props
 */
export const History = ({ item, onLook, onSendBack }) => {
  const { history } = item;
  const open = Boolean(item.showsHistory || (history?.length && item.state !== "disputed"));
  const toggled = (/** @type {any} */ event) => {
    if (event.target.open && !history) onLook();
  };
  const nothing = h("p", { class: "soft small" }, t("Nobody has decided this item yet."));
  return h(
    "details",
    { class: "history", open, ontoggle: toggled },
    h("summary", {}, t("History"), history ? ` (${history.length})` : ""),
    history && item.hides &&
      h("p", { class: "soft small" }, t("What others decided is shown once you have decided too.")),
    history?.length
      ? h("ol", {}, history.map((one) => h(Line, { key: one.id, item, decision: one, onSendBack })))
      : history && !item.hides
      ? nothing
      : null,
  );
};

/** @param {{item: Item, decision: Decision, onSendBack: (to: string) => void}} props */
const Line = ({ item, decision, onSendBack }) => {
  const { annotator, kind, sent_to: sentTo, kept_hunks: kept } = decision;
  const what = [
    sentTo ? t("sent it back to {name}", { name: sentTo }) : deeds()[kind],
    kept && t("kept edits {n}", { n: kept.join(", ") || "–" }),
    decision.settles && t("settled it"),
    decision.batch && t("with many others"),
    t("version {n}", { n: decision.version }),
  ];
  const back = {
    class: "act small for-owners",
    title: t("They decide it again, with a note from you"),
    onclick: () => onSendBack(annotator),
  };
  return h(
    "li",
    { class: decision.undone ? "undone" : "" },
    h("b", FOREIGN, annotator),
    ` ${what.filter(Boolean).join(" · ")} · `,
    h(Ago, { iso: decision.at }),
    decision.undone && ` · ${t("undone")}`,
    stands(decision) && !decision.mine && h("button", back, t("Send back")),
    decision.note && h("p", { class: "why", ...FOREIGN }, "✎ ", plain(decision.note)),
    kind === "edit" && h("p", { class: answerFace(item), ...FOREIGN }, decision.final_text),
  );
};

/**
 * The row that the item was imported from; what is known of it is asked for when somebody opens it: few look.
 * @param {{item: Item, onLook: () => void}} props
 */
export const Origin = ({ item, onLook }) => {
  const { origin } = item;
  const facts = origin === undefined ? [] : [
    [t("Data set"), item.dataset],
    ...(origin?.id ? [[t("Row's id"), origin.id]] : []),
    ...Object.entries(origin?.metadata ?? {}),
  ];
  const toggled = (/** @type {any} */ event) => {
    if (event.target.open && origin === undefined) onLook();
  };
  return h(
    "details",
    { class: "history", ontoggle: toggled },
    h("summary", {}, t("Where it comes from")),
    facts.length > 0 && h(
      "dl",
      { class: "facts" },
      facts.map(([name, value]) => [h("dt", { key: name, ...FOREIGN }, name), h("dd", FOREIGN, plain(value))]),
    ),
  );
};
