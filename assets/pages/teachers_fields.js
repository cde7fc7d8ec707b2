// @ts-check
// How a model is asked, as a form: what is left blank is as usual.
import { NumberField, Select } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{timeout: number, longest_answer: number, connections: number}} Usual */
/** @typedef {{timeout: number | null, longest_answer: number | null, effort: string | null, connections: number | null,
 *   headers: Record<string, string> | null, body: object | null, ca_file: string | null}} Settings */
/** @typedef {{timeout: string, longest_answer: string, effort: string, connections: string, headers: string,
 *   body: string, ca_file: string}} Typed */
/** @typedef {{whys: Record<string, string>, efforts: string[],
 *   providers: {name: string, title: string, url: string, model: string, hint: string, variable: string | null,
 *   has_key: boolean}[]}} Given */

/** @type {Typed} */
export const NOTHING_TYPED = {
  timeout: "",
  longest_answer: "",
  effort: "",
  connections: "",
  headers: "",
  body: "",
  ca_file: "",
};

/** What a form shows of settings. @param {Settings} settings @returns {Typed} */
export const typed = (settings) => ({
  timeout: String(settings.timeout ?? ""),
  longest_answer: String(settings.longest_answer ?? ""),
  effort: settings.effort ?? "",
  connections: String(settings.connections ?? ""),
  headers: Object.entries(settings.headers ?? {}).map(([name, text]) => `${name}: ${text}`).join("\n"),
  body: settings.body ? JSON.stringify(settings.body, null, 1) : "",
  ca_file: settings.ca_file ?? "",
});

/** What is sent of a form. @param {Typed} fields */
export const asked = (fields) => ({ ...fields, effort: fields.effort || null, ca_file: fields.ca_file.trim() || null });

/**
 * A line of text. @param {{label: string, value: string, example?: string, why?: import("../lib/view.js").Child,
 *   onChange: (value: string) => void}} props
 */
export const TextField = ({ label, value, example, why, onChange }) =>
  h(
    "label",
    {},
    label,
    h("input", {
      value,
      placeholder: example,
      dir: "auto",
      spellcheck: false,
      autocomplete: "off",
      oninput: (/** @type {any} */ event) => onChange(event.target.value),
    }),
    why && h("small", {}, why),
  );

/** Some lines of text. @param {{label: string, value: string, example: string, onChange: (value: string) => void}} props */
const Lines = ({ label, value, example, onChange }) =>
  h(
    "label",
    { class: "lines" },
    label,
    h("textarea", {
      value,
      rows: 3,
      placeholder: example,
      dir: "ltr",
      spellcheck: false,
      class: "mono",
      oninput: (/** @type {any} */ event) => onChange(event.target.value),
    }),
  );

/** @param {{given: Given, usual: Usual | null, fields: Typed, set: (change: Partial<Typed>) => void}} props */
export const SettingsFields = ({ given, usual, fields, set }) =>
  h(
    "div",
    { class: "setup explained" },
    h(NumberField, {
      label: t("timeout in seconds"),
      value: fields.timeout,
      standard: usual ? number(usual.timeout) : t("as usual"),
      most: 7200,
      why: said(given.whys.timeout),
      onChange: (timeout) => set({ timeout }),
    }),
    h(NumberField, {
      label: t("longest answer in tokens"),
      value: fields.longest_answer,
      standard: usual ? number(usual.longest_answer) : t("as usual"),
      most: 200_000,
      why: said(given.whys.longest_answer),
      onChange: (longest_answer) => set({ longest_answer }),
    }),
    h(Select, {
      label: t("reasoning effort"),
      value: fields.effort,
      options: [
        ["", t("model default")],
        ...given.efforts.map((one) => /** @type {[string, string]} */ ([one, one])),
      ],
      onChange: (effort) => set({ effort }),
    }),
    h(NumberField, {
      label: t("calls at once"),
      value: fields.connections,
      standard: usual ? number(usual.connections) : t("as usual"),
      most: 512,
      onChange: (connections) => set({ connections }),
    }),
    h(Lines, {
      label: t("extra headers, one in each line"),
      value: fields.headers,
      example: "HTTP-Referer: https://example.org",
      onChange: (headers) => set({ headers }),
    }),
    h(Lines, {
      label: t("extra body, a JSON object"),
      value: fields.body,
      example: '{"temperature": 0}',
      onChange: (body) => set({ body }),
    }),
    h(TextField, {
      label: t("CA file"),
      value: fields.ca_file,
      example: "/etc/ssl/own-ca.pem",
      why: t("For a server with a self-signed certificate."),
      onChange: (ca_file) => set({ ca_file }),
    }),
  );
