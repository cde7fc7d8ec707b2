// @ts-check
// The revisions that did not come, and why.
import { Ago } from "../lib/ago.js";
import { Button, Card, Foreign } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { replyName } from "./reply_names.js";
import { TeacherName } from "./teacher_datasets.js";

/** @typedef {{item_id: number, teacher: string, outcome: string, reason: string, raw: string | null, at: string}} Failed */

/** @param {{failed: Failed[], act: import("./teacher.js").Act}} props */
export const FailedCalls = ({ failed, act }) =>
  h(
    Card,
    {
      title: t("Failed revisions"),
      about: t("the newest 50"),
      tools: h(Button, { small: true, owners: true, onClick: () => act("retry_failed") }, t("Ask again for all")),
    },
    h("ul", { class: "failed-calls" }, failed.map((one) => h(One, { key: `${one.item_id} ${one.teacher}`, one }))),
  );

/** @param {{one: Failed}} props */
const One = ({ one: { item_id, teacher, outcome, reason, raw, at } }) =>
  h(
    "li",
    {},
    h("a", { href: `/?item=${item_id}` }, t("item {n}", { n: item_id })),
    h("span", { class: "chip warn" }, replyName(outcome)),
    h("span", {}, said(reason)),
    h("span", { class: "soft small" }, h(TeacherName, { name: teacher }), " · ", h(Ago, { iso: at })),
    raw && h("details", {}, h("summary", {}, t("the reply")), h(Foreign, { tag: "div", class: "words", text: raw })),
  );
