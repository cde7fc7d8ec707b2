// @ts-check
// A prompt of one's own to two models; their answers come back as a blind pair.
import { Button, Card, Notice, Select } from "../lib/parts.js";
import { onStatus, said, t } from "../lib/shared.js";
import { h, useEffect, useRef, useState } from "../lib/view.js";

const LONGEST = 20000;

/** @param {{ask: import("../lib/shared.js").Ask, prompt: string, onDone: () => void}} props */
export const Own = ({ ask, prompt, onDone }) => {
  const [rounds, setRounds] = useState(/** @type {number[]} */ ([]));
  const [asking, setAsking] = useState(false);
  const [text, setText] = useState(prompt);
  const [one, setOne] = useState("base");
  const [other, setOther] = useState("");
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const newest = useRef(0);
  const look = async () => {
    const mine = ++newest.current;
    const found = await ask("can_ask");
    if (found.error || mine !== newest.current) return;
    setRounds(found.rounds);
    setAsking(found.asking);
    if (!asking || found.asking) return;
    if (!found.failed) onDone(); // why it failed is in the strip of jobs
  };
  const lookNow = useRef(look);
  lookNow.current = look;
  useEffect(() => {
    look();
    return onStatus(() => lookNow.current());
  }, []);
  const second = other || String(rounds[0] ?? "");
  const send = async () => {
    newest.current += 1;
    const answer = await ask("ask_both", { message: text, models: [one, second] });
    setRefused(answer.error ?? null);
    if (!answer.error) setAsking(true);
  };
  const models = [
    ["base", t("base")],
    ...rounds.map((round) => [String(round), t("round {n}", { n: round })]),
  ];
  return h(
    "div",
    { class: "stack" },
    h(Notice, {}, said(refused)),
    h(
      Card,
      {
        title: t("Compare two models on a prompt of your own"),
        about: t("their answers are kept, and shown without names"),
      },
      h(
        "div",
        { class: "body" },
        h(
          "label",
          { class: "field wide" },
          t("Prompt"),
          h("textarea", {
            rows: 5,
            maxlength: LONGEST,
            value: text,
            dir: "auto",
            disabled: asking,
            oninput: (/** @type {any} */ event) => setText(event.target.value),
          }),
        ),
      ),
      rounds.length
        ? h(
          "div",
          { class: "setup last" },
          h(Select, { label: t("one model"), value: one, onChange: setOne, options: /** @type {any} */ (models) }),
          h(Select, { label: t("the other"), value: second, onChange: setOther, options: /** @type {any} */ (models) }),
          h(Button, { main: true, disabled: asking || !text.trim(), onClick: send }, t("Ask both")),
          h(Button, { onClick: onDone }, t("Back to the arena")),
          asking ? h("span", { class: "soft", role: "status" }, t("Both models are answering …")) : null,
        )
        : h(
          "div",
          { class: "setup last" },
          h("span", { class: "soft" }, t("There is no second model yet: train a round first.")),
          h(Button, { onClick: onDone }, t("Back to the arena")),
        ),
    ),
  );
};
