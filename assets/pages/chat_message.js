// @ts-check
// One message: a question, or an answer with who wrote it; what can be done with it, and its other versions.
import { Button, Foreign, Notice } from "../lib/parts.js";
import { Rendered } from "../lib/rendered.js";
import { copied, number, said, stayUntil, t } from "../lib/shared.js";
import { focused, h, useEffect, useState } from "../lib/view.js";

/** @typedef {import("./chat.js").Turn} Turn */
/** @typedef {{turn: Turn, ask: import("../lib/view.js").Ask, act: import("./chat_lanes.js").Act,
 *   onError: (error: string | null) => void, isPlain: boolean, isWriting: boolean,
 *   label: (model: string) => string}} Props */

/** @param {Props} props */
export const Message = (props) => h(props.turn.role === "user" ? Question : Answer, props);

/** @param {Props} props */
const Question = ({ turn, act, isWriting }) => {
  const [isEdited, setEdited] = useState(false);
  const ask = (/** @type {string} */ message) => act("edit_question", { turn: turn.id, message });
  return h(
    "article",
    { class: "message user" },
    isEdited
      ? h(Editor, {
        text: turn.content,
        label: t("The question in other words"),
        button: t("Ask again"),
        onSave: ask,
        onLeave: () => setEdited(false),
      })
      : h(Foreign, { tag: "p", class: `said${turn.laid_out ? " code" : ""}`, text: turn.content }),
    !isWriting && !isEdited && h(
      "div",
      { class: "acts" },
      h(Versions, { turn, act }),
      h(Button, { small: true, onClick: () => setEdited(true) }, t("Edit")),
    ),
  );
};

/** @param {Props} props */
const Answer = (props) => {
  const { turn, isPlain, label } = props;
  const { about, state } = turn;
  const who = about.signature && about.signature !== "base" ? said(about.signature) : label(about.model ?? "base");
  const text = (/** @type {string} */ content, /** @type {boolean} */ laidOut) =>
    isPlain
      ? h(Foreign, { tag: "p", class: `said${laidOut ? " code" : ""}`, text: content })
      : h("div", { class: "said" }, h(Rendered, { text: content, laidOut }));
  return h(
    "article",
    { class: "message assistant" },
    h("p", { class: "who" }, about.draft === undefined ? who : `${who} · ${t("draft")}`),
    about.left_out ? h("p", { class: "who left-out" }, leftOut(about.left_out)) : null,
    about.draft !== undefined && [
      text(about.draft, false),
      h("p", { class: "who" }, `${t("self-revision")} · ${said(about.rubric)}`),
    ],
    turn.content ? text(turn.content, turn.laid_out) : null,
    h(State, { turn }),
    state !== "writing" && h(Acts, props),
  );
};

/** @param {number} n */
const leftOut = (n) =>
  n === 1
    ? t("The oldest message was left out: the conversation is longer than this student reads.")
    : t("The {n} oldest messages were left out: the conversation is longer than this student reads.", { n: number(n) });

/** How it stands with an answer that has not ended well. @param {{turn: Turn}} props */
const State = ({ turn: { state, about, content } }) => {
  if (state === "writing") {
    return h("p", { class: "who", role: "status" }, about.waiting ? said(about.waiting) : t("writing …"));
  }
  if (state === "stopped") return h("p", { class: "who" }, t("stopped"));
  if (state === "interrupted") {
    return h("p", { class: "who" }, t("interrupted: the studio was closed while it was written"));
  }
  if (state === "failed") return h(Notice, {}, said(about.reason));
  return content ? null : h("p", { class: "who" }, t("(empty)"));
};

/** The other versions of a message, one by one. @param {{turn: Turn, act: Props["act"]}} props */
const Versions = ({ turn: { id, versions }, act }) => {
  if (versions.length < 2) return null;
  const at = versions.indexOf(id);
  const to = (/** @type {number} */ place, /** @type {string} */ label, /** @type {string} */ sign) =>
    h(
      Button,
      { small: true, label, disabled: !versions[place], onClick: () => act("show", { turn: versions[place] }) },
      sign,
    );
  return h(
    "span",
    { class: "versions" },
    to(at - 1, t("Earlier version"), "‹"),
    h("span", {}, t("{n} of {all}", { n: number(at + 1), all: number(versions.length) })),
    to(at + 1, t("Later version"), "›"),
  );
};

/** What can be done with an answer that has ended. @param {Props} props */
const Acts = ({ turn, ask, act, onError, isWriting }) => {
  const [isBettered, setBettered] = useState(false);
  const [reviewed, setReviewed] = useState(/** @type {{item: number, told: string} | null} */ (null));
  const [isCopied, setCopied] = useState(false);
  const review = async (/** @type {string} */ better) => {
    const found = await ask("review_answer", { turn: turn.id, better });
    onError(found.error ?? null);
    if (!found.error) setReviewed(found);
    return !found.error;
  };
  const copy = async () => {
    const isThere = await copied(turn.content);
    setCopied(isThere);
    onError(isThere ? null : t("The browser did not allow it; mark the text and copy it."));
  };
  if (isBettered) {
    return h(Editor, {
      text: turn.content,
      label: t("A better answer"),
      button: t("Review with this answer"),
      onSave: review,
      onLeave: () => setBettered(false),
    });
  }
  return [
    reviewed && h(
      "p",
      { class: "notice", role: "status" },
      h("span", { class: "grow" }, said(reviewed.told)),
      h("a", { href: `/?item=${reviewed.item}` }, t("Open it")),
    ),
    !isWriting && h(
      "div",
      { class: "acts" },
      h(Versions, { turn, act }),
      turn.content && h(Button, { small: true, onClick: copy }, isCopied ? t("Copied") : t("Copy")),
      h(Button, { small: true, onClick: () => act("again", { turn: turn.id }) }, t("Answer again")),
      h(Button, { small: true, onClick: () => act("branch", { turn: turn.id }) }, t("Branch from here")),
      turn.content && h(Button, { small: true, onClick: () => review("") }, t("Review this")),
      turn.content && h(Button, { small: true, onClick: () => setBettered(true) }, t("Write a better one")),
    ),
  ];
};

/**
 * A text that is written anew; it stays in its field until it was taken.
 * @param {{text: string, label: string, button: string, onSave: (text: string) => Promise<boolean>,
 *   onLeave: () => void}} props
 */
const Editor = ({ text, label, button, onSave, onLeave }) => {
  const [typed, setTyped] = useState(text);
  useEffect(() => stayUntil(() => typed === text), [typed]);
  const save = async () => {
    if (await onSave(typed)) onLeave();
  };
  return h(
    "div",
    { class: "chat-editor" },
    h("textarea", {
      ref: focused,
      value: typed,
      dir: "auto",
      rows: Math.min(16, Math.max(3, typed.split("\n").length)),
      "aria-label": label,
      oninput: (/** @type {any} */ event) => setTyped(event.target.value),
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && !event.isComposing && onLeave(),
    }),
    h(
      "div",
      { class: "acts" },
      h(Button, { small: true, main: true, onClick: save }, button),
      h(Button, { small: true, onClick: onLeave }, t("Cancel")),
    ),
  );
};
