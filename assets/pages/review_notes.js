// @ts-check
// Why: the note that goes with a decision, and the one with which an owner sends an item back to whoever decided it.
import { Button, FOREIGN } from "../lib/parts.js";
import { Sheet } from "../lib/sheet.js";
import { t } from "../lib/shared.js";
import { h, useLayoutEffect, useRef, useState } from "../lib/view.js";

/** @typedef {import("./review_item.js").Item} Item */

const LONGEST = 2000;
const SHORT = 24;

/** A note as a button has it. @param {string} note */
export const short = (note) => note.length > SHORT ? `${note.slice(0, SHORT - 1)}…` : note;

/**
 * A field for a note, which has the focus when it appears; the reasons that recur are offered. Enter hands over what
 * was typed, and Escape what was there before; under an input method both keys are its own.
 * @param {{label: string, value: string, offered: string[], onType: (value: string) => void,
 *   onDone: (value: string) => void}} props
 */
export const NoteField = ({ label, value, offered, onType, onDone }) => {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const before = useRef(value);
  const [typed, setTyped] = useState(value);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(value.length, value.length);
  }, []);
  const press = (/** @type {any} */ event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    onDone(event.key === "Enter" ? event.target.value : before.current);
  };
  const type = (/** @type {any} */ event) => {
    setTyped(event.target.value);
    onType(event.target.value);
  };
  const more = {
    value: typed,
    oninput: type,
    onkeydown: press,
    maxlength: LONGEST,
    autocomplete: "off",
    list: "notes-offered",
  };
  return [
    h("input", {
      type: "text",
      class: "why",
      ref: field,
      "aria-label": label,
      placeholder: label,
      ...FOREIGN,
      ...more,
    }),
    h("datalist", { id: "notes-offered" }, offered.map((note) => h("option", { key: note, value: note }))),
  ];
};

/**
 * Asks for the note with which an item is sent back.
 * @param {{item: Item, to: string, offered: string[], onSend: (note: string) => void, onClose: () => void}} props
 */
export const SendBack = ({ item, to, offered, onSend, onClose }) => {
  const [note, setNote] = useState("");
  const send = (/** @type {string} */ typed) => typed.trim() && onSend(typed.trim());
  const learned = { round: item.learned_in, n: item.id };
  return h(
    Sheet,
    { title: t("Send item {n} back to {name}?", { n: item.id, name: to }), onClose },
    h("p", { class: "soft" }, t("It waits for them alone, before everything else, with your note.")),
    item.learned_in &&
      h("p", {}, "⚠ ", t("Round {round} has learned item {n} already; sending it back changes no round.", learned)),
    h(
      "p",
      {},
      h(NoteField, {
        label: t("What should they look at?"),
        value: note,
        offered,
        onType: setNote,
        onDone: (/** @type {string} */ typed) => typed ? send(typed) : onClose(),
      }),
    ),
    h(
      "div",
      { class: "bar" },
      h(Button, { main: true, onClick: () => send(note) }, t("Send back")),
      h(Button, { onClick: onClose }, t("Cancel")),
    ),
  );
};
