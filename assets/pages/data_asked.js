// @ts-check
// What is asked before a data set gets another name, and before rows go for good.
import { Button, Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { focused, h, useAsked, useState } from "../lib/view.js";

/** @typedef {{rows: number, drafts: number, answers: number, replaced: number}} Going */
/** @typedef {(name: string, body: object) => Promise<string | null | undefined>} Act Says what went wrong. */

/** @param {{dataset: string, act: Act, onClose: () => void}} props */
export const Renaming = ({ dataset, act, onClose }) => {
  const [name, setName] = useState(dataset);
  const [refused, setRefused] = useState(/** @type {string | null | undefined} */ (null));
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setRefused(await act("rename_dataset", { dataset, name }));
  };
  return h(
    "div",
    { class: "plain body" },
    h(
      "form",
      { class: "asked", onsubmit: save },
      h(Notice, {}, refused),
      h("input", {
        ref: focused,
        type: "text",
        maxlength: 100,
        value: name,
        dir: "auto",
        lang: "",
        "aria-label": t("New name of {name}", { name: dataset }),
        oninput: (/** @type {any} */ event) => setName(event.target.value),
      }),
      h("button", { class: "act small main" }, t("Save")),
      h(Button, { small: true, onClick: onClose }, t("Cancel")),
    ),
  );
};

/**
 * What goes, and the button with which it does. It is there once the server has said so.
 * @param {{ask: import("../lib/view.js").Ask, look: string, does: string, body: object, doing: string, act: Act,
 *   onClose: () => void}} props `look` says what goes, `does` lets it go.
 */
export const Removal = ({ ask, look, does, body, doing, act, onClose }) => {
  const { answer: going, error } = useAsked(ask, look, body);
  const [refused, setRefused] = useState(/** @type {string | null | undefined} */ (null));
  const wrong = refused ?? said(error);
  if (!going && !wrong) return null;
  return h(
    "div",
    { class: "plain body" },
    h(
      "div",
      { class: "asked", role: "alert" },
      wrong ? h("p", { class: "notice" }, wrong) : h("p", {}, told(going)),
      h(
        "div",
        {},
        !wrong &&
          h(
            Button,
            { main: true, small: true, first: true, onClick: async () => setRefused(await act(does, body)) },
            doing,
          ),
        " ",
        h(Button, { small: true, onClick: onClose }, t("Cancel")),
      ),
    ),
  );
};

/** @param {Going} going */
const told = ({ rows, drafts, answers, replaced }) =>
  [
    t("This removes {rows} rows and {drafts} drafts with their revisions.", {
      rows: number(rows),
      drafts: number(drafts),
    }),
    answers > 0 && t("{n} rows of others lose the answers that came with it.", { n: number(answers) }),
    replaced > 0 && t("{n} rows get their old text back.", { n: number(replaced) }),
  ].filter(Boolean).join(" ");
