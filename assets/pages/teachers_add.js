// @ts-check
// The form that adds a teacher: a ready-made entry, the model, its URL, and how it is asked.
import { Button, Card, Check, Notice, Select } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { asked, NOTHING_TYPED, SettingsFields, TextField } from "./teachers_fields.js";

/** @typedef {import("./teachers_fields.js").Given} Given */
/** @typedef {Given["providers"][number]} Provider */

/** @param {Given} given @param {string} name @returns {Provider} */
const entry = (given, name) => /** @type {Provider} */ (given.providers.find((one) => one.name === name));

/**
 * @param {{ask: import("../lib/view.js").Ask, given: Given, onAdd: (name: string) => Promise<void>, onClose: () => void}} props
 */
export const AddTeacher = ({ ask, given, onAdd, onClose }) => {
  const [provider, setProvider] = useState(given.providers[0].name);
  const [server, setServer] = useState({ model: "", url: given.providers[0].url, name: "", as_judge: false });
  const [fields, setFields] = useState(NOTHING_TYPED);
  const [error, setError] = useState("");
  const chosen = entry(given, provider);
  const add = async () => {
    const answer = await ask("add_model", { ...asked(fields), ...server, provider });
    setError(answer.error ?? "");
    if (!answer.error) await onAdd(answer.name);
  };
  const choose = (/** @type {string} */ name) => {
    setProvider(name);
    setServer({ ...server, url: entry(given, name).url });
  };
  return h(
    Card,
    { class: "for-owners adding", title: t("Add a teacher") },
    h(Notice, {}, said(error)),
    h(
      "div",
      { class: "setup explained" },
      h(Select, {
        label: t("server"),
        value: provider,
        options: given.providers.map((one) => [one.name, one.name === "other" ? t("Another server") : one.title]),
        why: said(chosen.hint),
        onChange: choose,
      }),
      h(TextField, {
        label: t("model, as the server calls it"),
        value: server.model,
        example: chosen.model,
        onChange: (model) => setServer({ ...server, model }),
      }),
      h(TextField, {
        label: t("URL"),
        value: server.url,
        example: "http://127.0.0.1:8000/v1",
        why: h(Key, { chosen, url: server.url }),
        onChange: (url) => setServer({ ...server, url }),
      }),
      h(TextField, {
        label: t("name here"),
        value: server.name,
        example: server.model || t("as its server calls it"),
        onChange: (name) => setServer({ ...server, name }),
      }),
    ),
    h(
      "details",
      { class: "body small" },
      h("summary", {}, t("Settings")),
      h(SettingsFields, { given, usual: null, fields, set: (change) => setFields({ ...fields, ...change }) }),
    ),
    h(
      "div",
      { class: "setup last acts" },
      h(
        Check,
        { checked: server.as_judge, onChange: (as_judge) => setServer({ ...server, as_judge }) },
        t("also let it judge"),
      ),
      h(Button, { main: true, disabled: !server.model.trim(), onClick: add }, t("Add the teacher")),
      h(Button, { onClick: onClose }, t("Cancel")),
    ),
  );
};

/** Where the key comes from, and whether it is there. @param {{chosen: Provider, url: string}} props */
const Key = ({ chosen, url }) => {
  if (!chosen.variable || url.trim() !== chosen.url && !url.includes(".azure.com")) {
    return t("If the server needs a key, put this URL and the key into CITING_TEACHER_KEYS and restart the app.");
  }
  return chosen.has_key
    ? t("Key found in {variable}; it is sent only to this provider.", { variable: chosen.variable })
    : t("No key found: set {variable} and restart the app. Keys are never stored.", { variable: chosen.variable });
};
