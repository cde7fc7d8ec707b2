// @ts-check
// The field to ask in. What is typed stays until it was taken.
import { Button } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h, useEffect, useRef, useState } from "../lib/view.js";

const TYPED = "citing-chat-typed";
const EXAMPLES = [
  "Explain to a ten-year-old why the sky is blue.",
  "Write a short, polite e-mail that moves a meeting from Monday to Thursday.",
  "A train leaves at 14:25 and takes 95 minutes. When does it arrive?",
];

/**
 * @param {{isEmpty: boolean, isWriting: boolean, onSend: (message: string) => Promise<boolean>, onStop: () => void,
 *   onCompare: (message: string) => void}} props
 */
export const Compose = ({ isEmpty, isWriting, onSend, onStop, onCompare }) => {
  const [message, setMessage] = useState(sessionStorage.getItem(TYPED) ?? ""); // it outlives other pages
  const sending = useRef(false);
  const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const toField = () => field.current?.focus({ preventScroll: true });
  useEffect(toField, [isEmpty]);
  useEffect(() => sessionStorage.setItem(TYPED, message), [message]);
  const send = async () => {
    if (sending.current) return;
    sending.current = true;
    if (await onSend(message)) setMessage((/** @type {string} */ now) => now === message ? "" : now);
    sending.current = false;
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return h(
    "div",
    { class: "chat-compose" },
    isEmpty && h(
      "div",
      { class: "examples" },
      EXAMPLES.map((text) =>
        h(Button, { key: text, small: true, onClick: () => setMessage(text) }, h("span", { lang: "en" }, text))
      ),
    ),
    h("textarea", {
      ref: field,
      rows: Math.min(8, Math.max(2, message.split("\n").length)),
      dir: "auto",
      value: message,
      placeholder: t("Ask something"),
      "aria-label": t("Ask something"),
      oninput: (/** @type {any} */ event) => setMessage(event.target.value),
      onkeydown: press,
    }),
    h(
      "div",
      { class: "tool" },
      h(Button, { main: true, onClick: send }, t("Send")),
      h(Button, { disabled: !isWriting, onClick: () => [onStop(), toField()] }, t("Stop")),
      h("span", { class: "grow small keys" }, t("Enter sends, Shift+Enter starts a new line.")),
      h(Button, { small: true, onClick: () => onCompare(message) }, t("Compare two models on this prompt, blind")),
    ),
  );
};
