// @ts-check
// A category's members: what one category is made of, to be split off as another or moved to one.
import { Button, Foreign } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { Another, closing, Refusal, sending, TextField, useFirst } from "./rubrics_form.js";
import { grouped, ticked } from "./rubrics_ticking.js";

/** @typedef {import("./rubrics_ticking.js").Member} Member */
/** @typedef {ReadonlySet<number>} Ids */
/** @typedef {{members: Member[], left_out: number}} View */
/** @typedef {(name: string, body: object) => Promise<any>} Act Does it to the chosen members; null where that failed. */

/** @param {import("./rubrics.js").FormProps} props */
export const Members = ({ ask, category, others, close, isTyped }) => {
  const [body] = useState({ category: category.name });
  const { answer: view, error } =
    /** @type {{answer: View | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "members", body, () => false)
    );
  const [chosen, setChosen] = useState(/** @type {Ids} */ (new Set()));
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");
  const first = useFirst();
  isTyped.current = chosen.size > 0 || name !== "";
  /** @type {Act} */
  const act = async (what, more) => {
    const { version } = category.rubric;
    const answer = await ask(what, { category: category.name, version, members: [...chosen], ...more });
    setRefused(answer.error ?? "");
    return answer.error ? null : answer;
  };
  const disabled = chosen.size === 0 || chosen.size >= (view?.members.length ?? 0);
  return h(
    "div",
    { class: "rubric-form", tabindex: -1, onkeydown: closing(close), ref: first },
    h(Refusal, { error: refused || (error ?? "") }),
    h(
      "div",
      { class: "members", tabindex: 0, role: "group", "aria-label": t("Members") },
      view
        ? h(Groups, { view, chosen, onChoose: setChosen })
        : !error && h("p", { class: "soft small" }, t("Reading the members …")),
    ),
    h(
      "div",
      { class: "two for-owners" },
      h(Split, { n: chosen.size, name, onName: setName, disabled, act, close }),
      others.length > 0 && h(Move, { n: chosen.size, others, disabled, act, close }),
    ),
    h("div", { class: "end" }, h(Button, { onClick: () => close() }, t("Close"))),
  );
};

/** @param {{view: View, chosen: Ids, onChoose: (chosen: Ids) => void}} props */
const Groups = ({ view: { members, left_out }, chosen, onChoose }) => {
  const { one, two, others } = grouped(members);
  const isParted = two.length > 0;
  const group = (/** @type {string} */ title, /** @type {Member[]} */ rows) =>
    rows.length > 0 && h(Group, { title, rows, chosen, onChoose });
  return [
    isParted && h(
      "p",
      { class: "soft small" },
      t("Their embeddings fall into two groups, the most typical of each first."),
    ),
    isParted && group(t("Group 1"), one),
    isParted && group(t("Group 2"), two),
    group(isParted ? t("Not embedded yet") : t("Members"), others),
    members.length === 0 &&
    h("p", { class: "soft small" }, t("This category has no members: nothing is assigned to it.")),
    left_out > 0 &&
    h("p", { class: "soft small" }, t("{n} further members are not listed and stay.", { n: number(left_out) })),
  ];
};

/** @param {{title: string, rows: Member[], chosen: Ids, onChoose: (chosen: Ids) => void}} props */
const Group = ({ title, rows, chosen, onChoose }) => {
  const shown = rows.filter(({ text }) => text !== null);
  const hidden = rows.length - shown.length;
  return h(
    "fieldset",
    {},
    h(
      "legend",
      {},
      title,
      h(
        "span",
        { class: "for-owners" },
        h(
          Button,
          { small: true, onClick: () => onChoose(new Set(rows.map(({ id }) => id))) },
          t("Tick these {n}", { n: number(rows.length) }),
        ),
      ),
    ),
    h(
      "ul",
      {},
      shown.map(({ id, text }) =>
        h(
          "li",
          { key: id },
          h(
            "label",
            {},
            h("input", {
              class: "for-owners",
              type: "checkbox",
              checked: chosen.has(id),
              onchange: (/** @type {any} */ event) => onChoose(ticked(chosen, id, event.target.checked)),
            }),
            h(Foreign, { text: text ?? "" }),
          ),
        )
      ),
    ),
    hidden > 0 && h("p", { class: "soft small" }, t("and {n} more like these", { n: number(hidden) })),
  );
};

/** @typedef {{n: number, disabled: boolean, act: Act, close: import("./rubrics.js").Close}} WayProps */

/** @param {{name: string, onName: (name: string) => void} & WayProps} props */
const Split = ({ n, name, onName, disabled, act, close }) => {
  const [description, setDescription] = useState("");
  const split = async () => {
    const answer = await act("split_category", { name, description });
    if (answer) close(t("“{name}” is a category of its own now, with a copy of the rubric.", { name: answer.name }));
  };
  return h(
    "form",
    { onsubmit: sending(split) },
    h("h3", {}, t("Make a category of those ticked")),
    h(TextField, { label: t("Name of the category"), value: name, required: true, onInput: onName }),
    h(TextField, { label: t("What the category is about"), value: description, onInput: setDescription }),
    h(
      "button",
      { class: "act main", disabled },
      n === 1 ? t("Split off 1 member") : t("Split off {n} members", { n: number(n) }),
    ),
  );
};

/** @param {{others: import("./rubrics.js").Category[]} & WayProps} props */
const Move = ({ n, others, disabled, act, close }) => {
  const [into, setInto] = useState("");
  const move = async () => {
    const other = others.find(({ name }) => name === into);
    const answer = await act("move_members", { into, into_version: other?.rubric.version });
    if (!answer) return;
    const { members } = answer;
    close(
      members === 1
        ? t("1 member was moved to “{name}”.", { name: into })
        : t("{n} members were moved to “{name}”.", { n: number(members), name: into }),
    );
  };
  return h(
    "form",
    { onsubmit: sending(move) },
    h("h3", {}, t("Or move them to another category")),
    h(Another, { label: t("Move to"), value: into, onChange: setInto, others }),
    h(
      "button",
      { class: "act", disabled },
      n === 1 ? t("Move 1 member") : t("Move {n} members", { n: number(n) }),
    ),
  );
};
