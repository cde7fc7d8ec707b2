// @ts-check
// Fields to filter by. What is typed in them is asked for when it is finished, and stays while the list is drawn anew.
import { t } from "../lib/shared.js";
import { h, useLayoutEffect, useRef, useState } from "../lib/view.js";

/** @typedef {import("../lib/browse_address.js").Bounds} Bounds */

/**
 * The attributes of an input that keeps what is typed until it is taken, by `take`, or changed elsewhere.
 * @param {string} value
 */
const useOwn = (value) => {
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const known = useRef(value);
  const [first] = useState(value);
  useLayoutEffect(() => {
    if (field.current && value !== known.current) field.current.value = value;
    known.current = value;
  }, [value]);
  const take = (/** @type {string} */ typed) => {
    known.current = typed;
    return typed;
  };
  return { field, known, take, attributes: { ref: field, defaultValue: first } };
};

const PAUSE = 120;

/**
 * The search over all texts, asked while it is typed; Escape goes on to the list.
 * @param {{value: string, field: {current: HTMLInputElement | null}, onSearch: (text: string) => void,
 *   onLeave: () => void}} props
 */
export const Search = ({ value, field, onSearch, onLeave }) => {
  const own = useOwn(value);
  const timer = useRef(0);
  const typed = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const text = own.field.current?.value.trim() ?? "";
      if (text !== own.known.current) onSearch(own.take(text));
    }, PAUSE);
  };
  return h(
    "span",
    { class: "find" },
    h("input", {
      ...own.attributes,
      ref: (/** @type {HTMLInputElement | null} */ node) => own.field.current = field.current = node,
      type: "search",
      class: "search",
      placeholder: t("Search in all texts"),
      "aria-label": t("Search in all texts"),
      "aria-keyshortcuts": "/",
      maxlength: 500,
      oninput: (/** @type {InputEvent} */ event) => event.isComposing || typed(),
      oncompositionend: typed,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape" && !event.isComposing) onLeave();
      },
    }),
    h("kbd", {}, "/"),
  );
};

/**
 * A text that is filtered by.
 * @param {{label: string, value: string, longest: number, example?: string, onTyped: (text: string) => void}} props
 */
export const TextField = ({ label, value, longest, example, onTyped }) => {
  const { attributes, take } = useOwn(value);
  return h(
    "label",
    {},
    label,
    h("input", {
      ...attributes,
      type: "text",
      dir: "auto",
      lang: "",
      maxlength: longest,
      placeholder: example,
      "aria-label": label,
      onchange: (/** @type {any} */ event) => onTyped(take(event.target.value.trim())),
    }),
  );
};

/**
 * A pair of numbers, from and to.
 * @param {{label: string, value: Bounds, least: number, most: number, step: number,
 *   onTyped: (value: Bounds) => void}} props
 */
export const RangeField = ({ label, value, onTyped, ...limits }) =>
  h(
    "div",
    { class: "range", role: "group", "aria-label": label },
    h("span", {}, label),
    h(
      "span",
      {},
      h(Bound, { label, word: t("from"), value: value[0], ...limits, onTyped: (low) => onTyped([low, value[1]]) }),
      h(Bound, { label, word: t("to"), value: value[1], ...limits, onTyped: (high) => onTyped([value[0], high]) }),
    ),
  );

/**
 * @param {{label: string, word: string, value: string, least: number, most: number, step: number,
 *   onTyped: (value: string) => void}} props
 */
const Bound = ({ label, word, value, least, most, step, onTyped }) => {
  const { attributes, take } = useOwn(value);
  return h("input", {
    ...attributes,
    type: "number",
    min: least,
    max: most,
    step,
    placeholder: word,
    "aria-label": `${label} ${word}`,
    onchange: (/** @type {any} */ event) => onTyped(take(event.target.value)),
  });
};

/**
 * One of the values that the items hold, or any.
 * @param {{label: string, value: string | null, options: [string, string][],
 *   onChange: (value: string | null) => void}} props
 */
export const Choice = ({ label, value, options, onChange }) =>
  h(
    "label",
    {},
    label,
    h(
      "select",
      {
        "aria-label": label,
        onchange: (/** @type {any} */ event) =>
          onChange("any" in event.target.selectedOptions[0].dataset ? null : event.target.value),
      },
      h("option", { key: "any", "data-any": "", selected: value === null }, t("any")),
      options.map(([one, text]) =>
        h("option", { key: `=${one}`, value: one, selected: one === value, dir: "auto", lang: "" }, text)
      ),
    ),
  );
