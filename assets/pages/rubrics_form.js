// @ts-check
// The parts that the forms of a category's card share.
import { Button } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h, useEffect, useRef } from "../lib/view.js";

/** @typedef {import("../lib/view.js").Child} Child */

/** A reference to what has the focus once the form is open. @returns {{current: any}} */
export const useFirst = () => {
  const first = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => first.current?.focus(), []);
  return first;
};

/** Closes a form by its key. @param {() => void} close */
export const closing = (close) => (/** @type {KeyboardEvent} */ event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  event.preventDefault();
  close();
};

/** What a form is sent by, instead of by the browser. @param {() => void} send */
export const sending = (send) => (/** @type {Event} */ event) => {
  event.preventDefault();
  send();
};

/** @param {{onSend: () => void, onClose: () => void, children?: Child}} props */
export const Form = ({ onSend, onClose, children }) =>
  h("form", { class: "rubric-form for-owners", onsubmit: sending(onSend), onkeydown: closing(onClose) }, children);

/** What a form has to tell; a new sentence in `about` brings it into view. @param {{about: string, children?: Child}} props */
export const Told = ({ about, children }) => {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (about) box.current?.scrollIntoView({ block: "nearest" });
  }, [about]);
  return h("div", { "aria-live": "assertive", ref: box }, children);
};

/** Why the server refused a form. @param {{error: string}} props */
export const Refusal = ({ error }) => h(Told, { about: error }, error && h("div", { class: "notice" }, said(error)));

/** @param {{label: string, class?: string, children?: Child}} props */
export const Field = ({ label, class: more = "wide", children }) =>
  h("label", { class: `field ${more}` }, h("span", {}, label), children);

/** A line of a person's own words. @param {{label: string, value: string, onInput: (value: string) => void,
 *   required?: boolean, first?: {current: any}, class?: string}} props */
export const TextField = ({ label, value, onInput, required, first, class: more }) =>
  h(
    Field,
    { label, class: more },
    h("input", {
      type: "text",
      value,
      required,
      ref: first,
      dir: "auto",
      lang: "",
      autocomplete: "off",
      oninput: (/** @type {any} */ event) => onInput(event.target.value),
    }),
  );

/** Lines of a person's own words. @param {{label: string, value: string, onInput: (value: string) => void, rows: number,
 *   required?: boolean, class?: string}} props */
export const LinesField = ({ label, value, onInput, rows, required, class: more }) =>
  h(
    Field,
    { label, class: more },
    h("textarea", {
      rows,
      value,
      required,
      dir: "auto",
      lang: "",
      oninput: (/** @type {any} */ event) => onInput(event.target.value),
    }),
  );

/** One of the other categories. @param {{label: string, value: string, onChange: (name: string) => void,
 *   others: {name: string}[], first?: {current: any}}} props */
export const Another = ({ label, value, onChange, others, first }) =>
  h(
    Field,
    { label },
    h(
      "select",
      {
        value,
        required: true,
        ref: first,
        "aria-label": label,
        onchange: (/** @type {any} */ event) => onChange(event.target.value),
      },
      h("option", { value: "" }, t("choose a category")),
      others.map(({ name }) => h("option", { key: name, value: name, dir: "auto", lang: "" }, name)),
    ),
  );

/** The closing row. @param {{label: string, onClose: () => void, children?: Child}} props */
export const End = ({ label, onClose, children }) =>
  h(
    "div",
    { class: "end" },
    h("button", { class: "act main" }, label),
    h(Button, { onClick: () => onClose() }, t("Cancel")),
    children,
  );
