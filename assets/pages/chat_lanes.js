// @ts-check
// What was said, one column for each model.
import { Scroll } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h, useLayoutEffect, useRef, useState } from "../lib/view.js";
import { Message } from "./chat_message.js";
import { nameOf } from "./chat_options.js";

/** @typedef {import("./chat.js").Lane} Lane */
/** @typedef {(name: string, body: object) => Promise<boolean>} Act */

const NEAR = 60; // pixels
const PLAIN = "citing-chat-plain";

/**
 * @param {{chats: {models: import("./chat.js").Model[]}, open: import("./chat.js").Conversation | null,
 *   models: Record<string, string>, ask: import("../lib/view.js").Ask, act: Act,
 *   onError: (error: string | null) => void}} props
 */
export const Lanes = ({ chats, open, models, ask, act, onError }) => {
  const [isPlain, setPlain] = useState(localStorage.getItem(PLAIN) === "1");
  if (!open) {
    return h(
      "p",
      { class: "card chat-hint soft" },
      t("Ask the student something. Its answer says which adapter really wrote it."),
    );
  }
  const show = (/** @type {boolean} */ plain) => {
    localStorage.setItem(PLAIN, plain ? "1" : "0");
    setPlain(plain);
  };
  const numbers = Object.keys(models).map(Number);
  const label = (/** @type {string} */ model) => {
    const found = chats.models.find((one) => one.model === model);
    return found ? nameOf(found) : t("round {n}", { n: model });
  };
  return [
    h(
      "div",
      { class: "segments", role: "group", "aria-label": t("How to show the texts") },
      h("button", { type: "button", "aria-pressed": String(isPlain), onclick: () => show(true) }, t("plain")),
      h("button", { type: "button", "aria-pressed": String(!isPlain), onclick: () => show(false) }, t("rendered")),
    ),
    h(
      "div",
      { class: "lanes", style: `--lanes:${numbers.length}` },
      numbers.map((number) => {
        const lane = open.lanes.find((one) => one.lane === number);
        return h(Column, {
          key: `${open.id} ${number}`,
          label: label(models[number]),
          lane,
          isAlone: numbers.length === 1,
          message: { ask, act, onError, isPlain, isWriting: open.writing, label },
        });
      }),
    ),
  ];
};

/**
 * @param {{label: string, lane: Lane | undefined, isAlone: boolean,
 *   message: Omit<import("./chat_message.js").Props, "turn">}} props
 */
const Column = ({ label, lane, isAlone, message }) => {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const isAtEnd = useRef(true);
  const turns = lane?.turns ?? [];
  useLayoutEffect(() => {
    const scrolled = box.current?.querySelector(".scroll");
    if (scrolled && isAtEnd.current) scrolled.scrollTop = scrolled.scrollHeight;
  }, [turns.at(-1)?.id, turns.at(-1)?.content.length, turns.at(-1)?.state]);
  const scroll = (/** @type {any} */ event) => {
    const { scrollTop, scrollHeight, clientHeight } = event.target;
    if (scrollHeight) isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
  };
  return h(
    "section",
    { class: "card lane", "aria-label": label, ref: box, onscrollcapture: scroll },
    !isAlone && h("h2", {}, label),
    h(
      Scroll,
      { label },
      lane
        ? turns.map((turn) => h(Message, { key: turn.id, ...message, turn }))
        : h("p", { class: "soft body" }, t("It answers your next question, after what was said on the left.")),
    ),
  );
};
