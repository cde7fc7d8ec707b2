// @ts-check
// The person's conversations, and what can be done with a whole one: renamed, exported, deleted.
import { fileName, save } from "../lib/chart/saving.js";
import { Button, Foreign } from "../lib/parts.js";
import { t, when } from "../lib/shared.js";
import { focused, h, useState } from "../lib/view.js";

/** @typedef {import("./chat.js").Chats} Chats */
/** @typedef {import("./chat.js").Conversation} Conversation */

/**
 * @param {{chats: Chats, open: Conversation | null, onOpen: (id: string) => void, onNew: () => void}} props
 */
export const List = ({ chats, open, onOpen, onNew }) => {
  const [unfolded, setUnfolded] = useState(false); // on a phone
  const choose = (/** @type {string} */ id) => {
    setUnfolded(false);
    onOpen(id);
  };
  return h(
    "aside",
    { class: `card conversations${unfolded ? " unfolded" : ""}` },
    h(
      "div",
      { class: "tool" },
      h(Button, { small: true, onClick: onNew }, t("New conversation")),
      h(
        "button",
        {
          type: "button",
          class: "act small fold-list",
          "aria-expanded": String(unfolded),
          onclick: () => setUnfolded(!unfolded),
        },
        t("Conversations"),
      ),
    ),
    h(
      "nav",
      { "aria-label": t("Conversations") },
      chats.conversations.length === 0 && h("p", { class: "soft small" }, t("Your conversations are kept here.")),
      chats.conversations.map((one) =>
        h(
          "button",
          {
            key: one.id,
            type: "button",
            "aria-current": one.id === open?.id ? "true" : null,
            onclick: () => choose(one.id),
          },
          h(Foreign, { text: one.name }),
          h("small", {}, one.writing ? t("writing …") : when(one.changed_at)),
        )
      ),
    ),
  );
};

/**
 * @param {{ask: import("../lib/view.js").Ask, open: Conversation, onChats: (chats: Chats) => void, onGone: () => void,
 *   onError: (error: string | null) => void}} props
 */
export const Head = ({ ask, open, onChats, onGone, onError }) => {
  const [doing, setDoing] = useState(/** @type {"rename" | "delete" | null} */ (null));
  const [name, setName] = useState(open.name);
  const [typed, setTyped] = useState(open.name);
  const conversation = open.id;
  const change = async (/** @type {string} */ asked, /** @type {object} */ more = {}) => {
    const found = await ask(asked, { conversation, ...more });
    onError(found.error ?? null);
    if (!found.error) onChats(found);
    return !found.error;
  };
  const rename = async () => {
    if (!await change("rename", { name: typed })) return;
    setName(typed);
    setDoing(null);
  };
  const download = async (/** @type {string} */ form) => {
    const found = await ask("export_conversation", { conversation, form });
    onError(found.error ?? null);
    if (!found.error) save(new Blob([found.text], { type: "text/plain;charset=utf-8" }), fileName(name, form));
  };
  return h(
    "header",
    { class: "chat-head" },
    doing === "rename"
      ? h(
        "form",
        {
          onsubmit: (/** @type {Event} */ event) => {
            event.preventDefault();
            rename();
          },
        },
        h("input", {
          ref: focused,
          value: typed,
          "aria-label": t("Name of the conversation"),
          maxlength: 100,
          oninput: (/** @type {any} */ event) => setTyped(event.target.value),
        }),
        h(Button, { small: true, main: true, onClick: rename }, t("Save")),
        h(Button, { small: true, onClick: () => setDoing(null) }, t("Cancel")),
      )
      : h(Foreign, { tag: "h1", text: name }),
    doing === "delete"
      ? h(
        "div",
        { class: "notice", role: "alert" },
        h(
          "span",
          { class: "grow" },
          t("Delete this conversation with all that was said in it? This cannot be undone."),
        ),
        h(Button, { small: true, onClick: async () => await change("delete_conversation") && onGone() }, t("Delete")),
        h(Button, { small: true, first: true, onClick: () => setDoing(null) }, t("Keep")),
      )
      : h(
        "div",
        { class: "acts" },
        h(Button, { small: true, onClick: () => setDoing("rename") }, t("Rename")),
        h(Button, { small: true, onClick: () => download("jsonl") }, "JSONL"),
        h(Button, { small: true, onClick: () => download("md") }, "Markdown"),
        h(Button, { small: true, onClick: () => setDoing("delete") }, t("Delete")),
      ),
  );
};
