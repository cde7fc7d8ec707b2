// @ts-check
// The lower part of the Teacher page: who teaches which data set, what that costs, and the failed revisions.
import { Button, Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { Taught } from "./teacher_datasets.js";
import { FailedCalls } from "./teacher_failed.js";
import { Money } from "./teacher_money.js";

/** @typedef {{teachers: string[], spending: import("./teacher_money.js").Spending, unknown: number,
 *   datasets: import("./teacher_datasets.js").Dataset[], estimates: import("./teacher_datasets.js").Estimate[],
 *   failed: import("./teacher_failed.js").Failed[]}} View */
/** @typedef {(name: string, body?: object) => Promise<boolean>} Act Whether it was taken. */
const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const { answer: view, error, reload } = useAnswer(ask, "overview", NOTHING, (/** @type {View} */ _) => true);
  const [refused, setRefused] = useState("");
  /** @type {Act} */
  const act = async (name, body) => {
    const answer = await ask(name, body);
    setRefused(answer.error ?? "");
    await reload();
    return !answer.error;
  };
  return h(
    "div",
    { class: "page" },
    h(Notice, {}, said(error ?? refused)),
    view && view.unknown > 0 && h(Unknown, { n: view.unknown, act }),
    view && h(
      "div",
      { class: "stack" },
      h(Taught, { ...view, act }),
      h(Money, { spending: view.spending, act }),
      view.failed.length > 0 && h(FailedCalls, { failed: view.failed, act }),
    ),
  );
};

/** Calls that may have been paid though no answer came. @param {{n: number, act: Act}} props */
const Unknown = ({ n, act }) =>
  h(
    "div",
    { class: "notice", role: "status" },
    h(
      "span",
      { class: "grow" },
      n === 1
        ? t("The fate of 1 call is unknown: the server may have answered and billed it.")
        : t("The fate of {n} calls is unknown: the server may have answered and billed them.", { n: number(n) }),
      " ",
      t("They are not sent again before you say so."),
    ),
    h(Button, { small: true, owners: true, onClick: () => act("allow_unknown") }, t("Send again")),
  );
