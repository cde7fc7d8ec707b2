// @ts-check
// The keys of the desk, on a sheet.
import { Button } from "../lib/parts.js";
import { Sheet } from "../lib/sheet.js";
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @returns {[string, string][]} */
const keys = () => [
  ["A", t("accept the revision, with the edits that are kept")],
  ["E", t("edit it, then accept (Ctrl ⏎ saves, Esc leaves)")],
  ["R", t("reject it")],
  ["S", t("skip: it comes back at the end")],
  ["U", t("undo your newest decision")],
  ["J K", t("next and previous edit")],
  ["X", t("keep or drop the edit")],
  ["T", t("decide on the next teacher's revision, where several revised")],
  ["C", t("say which criterion the edit serves")],
  ["N", t("say why, in a note that goes with the decision")],
  ["V", t("inline, side by side, final text")],
  ["M", t("the texts plain or rendered")],
  ["← →", t("look at the previous or next item")],
  ["?", t("this sheet")],
];

/** @param {{onClose: () => void}} props */
export const Keys = ({ onClose }) =>
  h(
    Sheet,
    { title: t("Keys"), onClose },
    h("dl", {}, keys().map(([key, text]) => [h("dt", { key }, h("kbd", {}, key)), h("dd", {}, text)])),
    h(Button, { onClick: onClose }, t("Close")),
  );
