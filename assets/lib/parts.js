// @ts-check
// The parts that pages are made of.
import { number, speaker, t } from "./shared.js";
import { pieces } from "./text.js";
import { focused, h } from "./view.js";

/** @typedef {import("./view.js").Child} Child */

/**
 * A button. The second click of a double click would hit what the first one has brought there, so it does not count.
 * `owners`: for owners alone; `expanded`: whether what it unfolds is there; `first`: it has the focus once it is there;
 * `keys`: its shortcuts; `class`: what it is called besides.
 * @param {{onClick: (event: MouseEvent) => void, main?: boolean, small?: boolean, owners?: boolean, first?: boolean,
 *   disabled?: boolean, expanded?: boolean, children?: Child, label?: string, keys?: string, class?: string}} props
 */
export const Button = (
  { onClick, main, small, owners, first, disabled, expanded, children, label, keys, class: more },
) =>
  h("button", {
    type: "button",
    class: ["act", main && "main", small && "small", owners && "for-owners", more].filter(Boolean).join(" "),
    ref: first && focused,
    disabled,
    "aria-expanded": expanded === undefined ? undefined : String(expanded),
    "aria-label": label,
    "aria-keyshortcuts": keys,
    onclick: (/** @type {MouseEvent} */ event) => event.detail < 2 && onClick(event),
  }, children);

/** A sentence about what went wrong; nothing where there is none. @param {{children?: Child}} props */
export const Notice = ({ children }) => children ? h("div", { class: "notice", role: "alert" }, children) : null;

/**
 * A box with a heading, a soft line beside it, and what can be done with it at the end of that line.
 * @param {{title: Child, about?: Child, tools?: Child, class?: string, children?: Child}} props
 */
export const Card = ({ title, about, tools, class: more = "", children }) =>
  h(
    "section",
    { class: `card ${more}` },
    h("h2", {}, title, about && h("small", {}, about), tools && h("span", { class: "grow" }), tools),
    children,
  );

/**
 * What is wider than the page scrolls in a box of its own, which a key reaches too.
 * @param {{label: string, children?: Child}} props
 */
export const Scroll = ({ label, children }) =>
  h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, children);

/** What is said of a box with a text of a person's, a file's or a model's: its language and direction are not known. */
export const FOREIGN = { dir: "auto", lang: "" };

/** Such a text's content, in which what it hides is shown. @param {string} text @returns {Child} */
export const plain = (text) =>
  pieces(text).map(({ read, sign }, i) => sign ? h("span", { key: i, class: "unseen" }, sign) : read);

/**
 * A text of a person's, a file's or a model's: neither its language nor its direction is known, and what it hides
 * is shown.
 * @param {{text: string, tag?: string, class?: string, title?: string}} props
 */
export const Foreign = ({ text, tag = "span", class: look, title }) =>
  h(tag, { ...FOREIGN, class: look, title }, plain(text));

/** A name and what it is, in a list of facts. @param {{name: Child, children?: Child}} props */
export const Fact = ({ name, children }) => [h("dt", { key: "name" }, name), h("dd", { key: "is" }, children)];

/** Some fields that belong together. @param {{title: string, children?: Child}} props */
export const Group = ({ title, children }) =>
  h(
    "fieldset",
    { class: "group" },
    h("legend", {}, title),
    h("div", { class: "setup explained" }, children),
  );

/** @typedef {{role: string, content: string}} Turn */

/** The turns of a conversation before what is asked, folded. @param {{turns: Turn[]}} props */
export const Turns = ({ turns }) =>
  turns.length === 0 ? null : h(
    "details",
    { class: "turns" },
    h("summary", {}, turns.length === 1 ? t("1 earlier turn") : t("{n} earlier turns", { n: number(turns.length) })),
    h(
      "ol",
      { tabindex: 0, "aria-label": t("Earlier turns") },
      turns.map(({ role, content }, i) =>
        h(
          "li",
          { key: i },
          h("b", {}, speaker(role)),
          content.trim() ? h(Foreign, { tag: "p", text: content }) : h("p", { class: "soft" }, t("(empty)")),
        )
      ),
    ),
  );

/**
 * A choice of some, one of which is pressed. Called, not drawn by `h`, since its type depends on the choices.
 * @template {string} T
 * @param {{label: string, keys?: string, value: T, options: [T, string][], onChange: (value: T) => void}} props
 */
export const Segments = ({ label, keys, value, options, onChange }) =>
  h(
    "span",
    { class: "segments", role: "group", "aria-label": label, "aria-keyshortcuts": keys },
    options.map(([one, name]) =>
      h("button", { key: one, "aria-pressed": String(one === value), onclick: () => onChange(one) }, name)
    ),
  );

/**
 * A choice among some; `why` helps to choose.
 * @param {{label: string, value: string, options: [string, string][], why?: Child, disabled?: boolean,
 *   onChange: (value: string) => void}} props
 */
export const Select = ({ label, value, options, why, disabled, onChange }) =>
  h(
    "label",
    {},
    label,
    h(
      "select",
      { value, disabled, "aria-label": label, onchange: (/** @type {any} */ event) => onChange(event.target.value) },
      options.map(([one, text]) => h("option", { key: one, value: one }, text)),
    ),
    why && h("small", {}, why),
  );

/**
 * A number, whole if no `step` is given. `value` is what is typed, which may be no number yet: the server says what it
 * takes. Emptied, it shows the `standard`, which it then means (`useTyped` in view.js); `why` helps to choose.
 * @param {{label: string, value: string, standard?: string, least?: number, most: number, step?: number | "any",
 *   why?: Child, disabled?: boolean, onChange: (value: string) => void}} props
 */
export const NumberField = ({ label, value, standard, least = 1, most, step = 1, why, disabled, onChange }) =>
  h(
    "label",
    {},
    label,
    h("input", {
      type: "number",
      min: least,
      max: most,
      disabled,
      step,
      value,
      placeholder: standard,
      "aria-label": label,
      oninput: (/** @type {any} */ event) => onChange(event.target.value),
    }),
    why && h("small", {}, why),
  );

/** @param {{checked: boolean, onChange: (checked: boolean) => void, owners?: boolean, children?: Child}} props */
export const Check = ({ checked, onChange, owners, children }) =>
  h(
    "label",
    { class: owners ? "check for-owners" : "check" },
    h("input", { type: "checkbox", checked, onchange: (/** @type {any} */ event) => onChange(event.target.checked) }),
    children,
  );

/**
 * The instructions to measure on: the test split (""), or the rows of one data set.
 * @param {{value: string, datasets: string[], onChange: (value: string) => void}} props
 */
export const MeasuredOn = ({ value, datasets, onChange }) =>
  h(Select, {
    label: t("on"),
    value,
    onChange,
    options: [
      ["", t("the test split")],
      ...datasets.map((name) => /** @type {[string, string]} */ ([name, t("{name}, rows never trained on", { name })])),
    ],
  });
