// @ts-check
// One model: where it is, what it costs, its test, its settings, and the way to be rid of it.
import { Button, Foreign, Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { asked, SettingsFields, TextField, typed } from "./teachers_fields.js";

/** @typedef {import("./teachers_fields.js").Given} Given */
/** @typedef {{name: string, model: string, server: string, is_given: boolean, judges: boolean, is_local: boolean,
 *   has_key: boolean, key: string, price: {sent: number, answered: number} | null, is_free: boolean, connections: number,
 *   settings: import("./teachers_fields.js").Settings | null, url: string | null, usual: import("./teachers_fields.js").Usual,
 *   check: {state: string, message: string} | null}} Model */
/** @typedef {(name: string, body: object) => Promise<any>} Act Does it, says what went wrong, and loads again. */

/** @param {{model: Model, given: Given, act: Act}} props */
export const OneModel = ({ model, given, act }) => {
  const [open, setOpen] = useState("");
  const isAsking = model.check?.state === "running";
  const toggle = (/** @type {string} */ name) => setOpen(open === name ? "" : name);
  return h(
    "div",
    { class: "setup teacher" },
    h(
      "div",
      { class: "grow" },
      h(Foreign, { tag: "b", text: model.name }),
      h("div", { class: "small soft" }, about(model)),
      model.check &&
        h("div", { class: "small", role: "status" }, isAsking ? t("asking …") : said(model.check.message)),
    ),
    h(Price, { model, act }),
    h(
      "div",
      { class: "for-owners acts" },
      h(
        Button,
        { small: true, disabled: isAsking, onClick: () => act("check", { teacher: model.name }) },
        t("Test connection"),
      ),
      h(Button, { small: true, onClick: () => toggle("settings") }, t("Settings")),
      !model.is_given && h(Button, { small: true, onClick: () => toggle("remove") }, t("Remove")),
    ),
    open === "settings" && model.settings && h(Settings, { model, given, act, onClose: () => setOpen("") }),
    open === "remove" && h(Removal, { model, act, onClose: () => setOpen("") }),
  );
};

/** @param {Model} model @returns {import("../lib/view.js").Child} */
const about = (model) => [
  h("span", { key: "server", class: "mono", dir: "ltr" }, model.server),
  model.model !== model.name && [" · ", h(Foreign, { key: "model", class: "mono", text: model.model })],
  ` · ${t("at most {n} calls at once", { n: number(model.connections) })}`,
  ` · ${key(model)}`,
  model.judges && ` · ${t("judges too")}`,
  model.is_given && ` · ${t("set at startup")}`,
];

/** @param {Model} model */
const key = ({ has_key, is_local, key }) =>
  has_key ? t("key found") : is_local ? t("no key needed") : t("no key in {variable}", { variable: key });

/** @param {{model: Model, act: Act}} props */
const Price = ({ model: { name, price, is_free }, act }) => {
  const [sent, setSent] = useState(String(price?.sent ?? ""));
  const [answered, setAnswered] = useState(String(price?.answered ?? ""));
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    act("set_price", { teacher: name, sent: figure(sent), answered: figure(answered) });
  };
  const field = (
    /** @type {string} */ label,
    /** @type {string} */ value,
    /** @type {(value: string) => void} */ set,
  ) =>
    h("input", {
      type: "number",
      min: "0",
      step: "any",
      value,
      placeholder: is_free ? t("free") : t("unknown"),
      "aria-label": `${name}: ${label}`,
      oninput: (/** @type {any} */ event) => set(event.target.value),
    });
  return h(
    "form",
    { class: "prices for-owners", onsubmit: save },
    h("label", {}, t("$ per million sent"), field(t("dollars per million tokens sent"), sent, setSent)),
    h("label", {}, t("$ per million answered"), field(t("dollars per million tokens answered"), answered, setAnswered)),
    h("button", { class: "act small" }, t("Save")),
  );
};

/** @param {string} text */
const figure = (text) => text === "" ? null : Number(text);

/** @param {{model: Model, given: Given, act: Act, onClose: () => void}} props */
const Settings = ({ model, given, act, onClose }) => {
  const [fields, setFields] = useState(typed(/** @type {any} */ (model.settings)));
  const [url, setUrl] = useState(model.url ?? "");
  const [error, setError] = useState("");
  const save = async () => {
    const answer = await act("set_model", { ...asked(fields), teacher: model.name, url });
    setError(answer.error ?? "");
    if (!answer.error) onClose();
  };
  return h(
    "div",
    { class: "unfolded for-owners", role: "group", "aria-label": t("settings of {name}", { name: model.name }) },
    model.url !== null && h(
      "div",
      { class: "setup explained" },
      h(TextField, {
        label: t("URL"),
        value: url,
        why: t("A key goes only to the URL that it is set for."),
        onChange: setUrl,
      }),
    ),
    h(SettingsFields, { given, usual: model.usual, fields, set: (change) => setFields({ ...fields, ...change }) }),
    h(Notice, {}, said(error)),
    h(
      "p",
      { class: "soft small" },
      t("Blank fields use the defaults. A batch that is already running keeps its settings."),
    ),
    h(
      "div",
      { class: "acts" },
      h(Button, { small: true, main: true, onClick: save }, t("Save the settings")),
      h(Button, { small: true, onClick: onClose }, t("Cancel")),
    ),
  );
};

/** @param {{model: Model, act: Act, onClose: () => void}} props */
const Removal = ({ model, act, onClose }) => {
  const [error, setError] = useState("");
  const remove = async () => {
    const answer = await act("remove_model", { teacher: model.name });
    setError(answer.error ?? "");
  };
  return h(
    "div",
    { class: "unfolded for-owners" },
    h(Notice, {}, said(error)),
    h(
      "p",
      { class: "small" },
      t("Its revisions and costs are kept. Data sets assigned to it go to their other teachers, or to the default."),
    ),
    h(
      "div",
      { class: "acts" },
      h(Button, { small: true, main: true, onClick: remove }, t("Remove this teacher")),
      h(Button, { small: true, onClick: onClose }, t("Keep it")),
    ),
  );
};
