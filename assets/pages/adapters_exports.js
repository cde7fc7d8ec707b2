// @ts-check
// What a round, or the student itself, can be exported as, and what has been.
import { Button } from "../lib/parts.js";
import { bytes, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {Record<string, {file: string, bytes: number}>} Files By form. */

const BASE = "base";

/** @returns {[string, string][]} */
const forms = () => [
  ["adapter", t("as an adapter (PEFT)")],
  ["merged", t("merged into the student")],
  ["gguf", t("merged, as GGUF (llama.cpp, Ollama)")],
  ["gguf-adapter", t("the adapter as GGUF")],
];

/** @returns {[string, string][]} */
const formsOfBase = () => [["gguf", t("as GGUF (llama.cpp, Ollama)")]];

/**
 * Of a `round`, null for the student itself; what `isGone` can only be downloaded where it was exported before.
 * @param {{round: number | null, isGone?: boolean, files: Files, running: string[],
 *   act: (name: string, body: object) => void}} props `running` are the exports under way, by the names of their jobs.
 */
export const Exports = ({ round, isGone = false, files, running, act }) =>
  h(
    "details",
    { class: "for-owners exports" },
    h("summary", {}, t("Export")),
    h(
      "ul",
      {},
      (round === null ? formsOfBase() : forms()).map(([form, text]) => {
        const isRunning = running.includes(`export ${form} ${round ?? BASE}`);
        const onClick = () => act("export_adapter", { round, form });
        return h(
          "li",
          { key: form },
          !isGone && h(Button, { small: true, disabled: isRunning, onClick }, isRunning ? t("Exporting …") : text),
          form in files && h(Download, files[form]),
        );
      }),
    ),
  );

/** @param {Files[string]} props */
const Download = ({ file, bytes: size }) => [
  " ",
  h(
    "a",
    { href: `/gradio_api/file=${encodeURI(file)}`, download: "" },
    t("download, {size}", { size: bytes(size) }),
  ),
];
