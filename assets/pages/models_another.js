// @ts-check
// A student that somebody names: looked at before anything large is downloaded; and the download under way.
import { Button, Card, Foreign, Notice } from "../lib/parts.js";
import { duration, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";

/** @typedef {import("./models.js").Act} Act */
/** @typedef {import("./models_student.js").Student} Student */

/** @param {{ask: import("../lib/view.js").Ask, onFound: (found: Student | null) => void}} props */
export const Another = ({ ask, onFound }) => {
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");
  const [isLooking, setLooking] = useState(false);
  const look = async () => {
    onFound(null);
    setRefused("");
    setLooking(true);
    const answer = await ask("look", { student: name });
    setLooking(false);
    if (answer.error) setRefused(answer.error);
    else onFound(answer);
  };
  return h(
    Card,
    { class: "for-owners", title: t("Another student") },
    h(
      "form",
      {
        class: "setup last",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (!isLooking && name.trim()) look();
        },
      },
      h(
        "label",
        { class: "grow" },
        t("Hub name, or folder on the app's machine"),
        h("input", {
          type: "text",
          value: name,
          placeholder: "HuggingFaceTB/SmolLM2-360M-Instruct",
          spellcheck: false,
          autocomplete: "off",
          oninput: (/** @type {any} */ event) => setName(event.target.value),
        }),
      ),
      h(
        "button",
        { type: "submit", class: "act main", disabled: isLooking || !name.trim() },
        isLooking ? t("Looking …") : t("Look it up"),
      ),
    ),
    h(Notice, {}, said(refused)),
    h(
      "p",
      { class: "body soft small" },
      t("Any causal language model in safetensors. Code of its own is never run; nothing large comes unasked."),
    ),
  );
};

/** @param {{download: import("./models.js").Fetched, act: Act}} props */
export const Download = ({ download, act }) => {
  const isRunning = download.state === "running";
  const percent = download.fraction === null ? null : Math.round(100 * download.fraction);
  const title = t("Downloading {1}", { 1: download.student });
  return h(
    Card,
    {
      class: "download",
      title: h(Foreign, { text: title }),
      tools: h(
        "span",
        { class: "for-owners" },
        isRunning
          ? h(Button, { small: true, onClick: () => act("cancel_fetch") }, t("Cancel"))
          : h(Button, { small: true, onClick: () => act("fetch", download.student) }, t("Resume the download")),
      ),
    },
    h(
      "div",
      { class: "body bar" },
      isRunning && h(
        "div",
        {
          class: `meter${percent === null ? " unknown" : ""}`,
          role: "progressbar",
          "aria-label": title,
          "aria-valuemin": 0,
          "aria-valuemax": 100,
          "aria-valuenow": percent,
        },
        h("i", { style: `width:${percent ?? 0}%` }),
      ),
      h("span", { role: "status" }, said(download.message)),
      isRunning && download.seconds_left !== null &&
        h("span", {}, t("about {time} left", { time: duration(download.seconds_left) })),
    ),
  );
};
