// @ts-check
// The line under a revision: the edit under the keys, whether it is kept, and the criterion it serves.
import { FOREIGN } from "../lib/parts.js";
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";
import { count, criterion, isWhole, keepAll, move, numbered, toggle } from "./review_edits.js";

/** @typedef {import("./review_item.js").Item} Item */
/** @typedef {(change: (item: Item) => void) => void} Choose Changes which edits of the current item are kept. */

/** @param {{item: Item, choose: Choose, isKey: (event: KeyboardEvent) => boolean}} props */
export const Tool = ({ item, choose, isKey }) => {
  const edits = count(item);
  if (!edits) return null;
  const part = numbered(item).find(({ n }) => n && n === item.at);
  const place = part
    ? t("edit {n} of {count}", { n: item.at, count: edits })
    : t("{kept} of {count} edits kept", { kept: item.kept.size, count: edits });
  return h(
    "div",
    { class: "tool" },
    h(Step, { of: "K", sign: "↑", label: t("previous edit"), onStep: () => choose((one) => move(one, -1)) }),
    h(Step, { of: "J", sign: "↓", label: t("next edit"), onStep: () => choose((one) => move(one, 1)) }),
    h("span", { class: "num" }, place),
    part && h(
      "button",
      { class: "act small", onclick: () => choose((one) => toggle(one, one.at)), "aria-keyshortcuts": "X" },
      item.kept.has(item.at) ? t("drop") : t("keep"),
      h("kbd", {}, "X"),
    ),
    part && item.rubric?.criteria.length ? h(Serves, { item, part, choose, isKey }) : null,
    !isWhole(item) && h("button", { class: "act small", onclick: () => choose(keepAll) }, t("keep all")),
  );
};

/** @param {{of: string, sign: string, label: string, onStep: () => void}} props */
const Step = ({ of, sign, label, onStep }) =>
  h(
    "button",
    { class: "act small", title: label, "aria-label": label, "aria-keyshortcuts": of, onclick: onStep },
    sign,
    h("kbd", {}, of),
  );

/**
 * @param {{item: Item, part: import("./review_edits.js").Numbered, choose: Choose,
 *   isKey: (event: KeyboardEvent) => boolean}} props
 */
const Serves = ({ item, part, choose, isKey }) => {
  const press = (/** @type {any} */ event) => {
    if (event.key === "Escape" || event.key === "Enter") event.target.blur();
    // A letter is a key of the desk here too, and never chooses what begins with it.
    if (event.key.length === 1 && event.key !== " " && !isKey(event)) event.preventDefault();
  };
  const serve = (/** @type {any} */ event) =>
    choose((one) => {
      one.criteria = { ...one.criteria, [part.n]: event.target.value };
    });
  const label = t("the criterion this edit serves");
  const asked = { class: "yields", value: criterion(item, part), "aria-label": label, "aria-keyshortcuts": "C" };
  return h(
    "label",
    {},
    t("serves"),
    " ",
    h(
      "select",
      { ...asked, onkeydown: press, onchange: serve },
      h("option", { value: "" }, t("not said")),
      item.rubric?.criteria.map(({ name }) => h("option", { key: name, value: name, ...FOREIGN }, name)),
    ),
  );
};
