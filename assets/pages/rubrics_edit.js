// @ts-check
// The form that edits a rubric. What is typed is kept in this browser until it is saved, and beside what somebody else
// saved meanwhile it stays as it is.
import { Button } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import * as unsaved from "../lib/typed.js";
import { h, useAsked, useState } from "../lib/view.js";
import { Changes } from "./rubrics_criteria.js";
import { added, alike, fresh, restored } from "./rubrics_editing.js";
import { CriteriaFields } from "./rubrics_fields.js";
import { End, Form, LinesField, Told } from "./rubrics_form.js";

/** @typedef {import("./rubrics_editing.js").Typed} Typed */
/** @typedef {import("./rubrics_fields.js").Turn} Turn */
/** @typedef {import("./rubrics_fields.js").Change} Change */

/** @param {import("./rubrics.js").FormProps} props */
export const Edit = ({ ask, category: { name }, newest, most, reload, close, isTyped }) => {
  const [kept] = useState(restored(unsaved.get(keptAs(name))));
  const [typed, setTyped] = useState(kept ?? fresh(newest));
  const [isBack, setBack] = useState(kept !== null);
  const [refused, setRefused] = useState("");
  const [turn, setTurn] = useState(/** @type {Turn} */ ({ at: 0, to: "name" }));
  isTyped.current = !alike(typed, fresh(newest));

  const set = (/** @type {Partial<Typed>} */ change) => {
    const next = { ...typed, ...change };
    setTyped(next);
    if (alike(next, fresh(newest))) unsaved.drop(keptAs(name));
    else unsaved.keep(keptAs(name), JSON.stringify(next));
    return next;
  };
  /** @type {Change} */
  const change = (criteria, next = turn) => {
    set({ criteria });
    setTurn(next);
  };
  const take = () => {
    set(fresh(newest));
    setBack(false);
    setRefused("");
  };
  const send = async (/** @type {Typed} */ what) => {
    const answer = await ask("edit_rubric", { category: name, ...what });
    if (answer.error) {
      setRefused(answer.error);
      return reload();
    }
    unsaved.drop(keptAs(name));
    close(t("Version {n} is saved.", { n: answer.version }));
  };

  return h(
    Form,
    { onSend: () => send(typed), onClose: close },
    h(Meanwhile, {
      ask,
      name,
      refused,
      isBack,
      typed,
      newest,
      onTake: take,
      onSave: (version) => send(set({ version })),
    }),
    h(LinesField, {
      label: t("What the category is about"),
      value: typed.description,
      rows: 1,
      onInput: (description) => set({ description }),
    }),
    h(CriteriaFields, { criteria: typed.criteria, turn, onChange: change }),
    h(
      End,
      { label: t("Save as version {n}", { n: typed.version + 1 }), onClose: close },
      h("span", { class: "grow" }),
      h(Button, {
        small: true,
        disabled: typed.criteria.length >= most,
        onClick: () => change(added(typed.criteria), { at: typed.criteria.length, to: "name" }),
      }, t("Add a criterion")),
    ),
  );
};

/** Under which name the browser keeps what is typed. @param {string} category */
const keptAs = (category) => `rubric ${category}`;

/**
 * What came between: what was typed earlier is back, a version that somebody saved meanwhile, why it was refused.
 * @param {{ask: import("../lib/view.js").Ask, name: string, refused: string, isBack: boolean, typed: Typed,
 *   newest: import("./rubrics.js").Category, onTake: () => void, onSave: (version: number) => void}} props
 */
const Meanwhile = ({ ask, name, refused, isBack, typed, newest, onTake, onSave }) => {
  const { version } = newest.rubric;
  const isBehind = version > typed.version;
  const wrong = said(refused) ||
    (isBack && isBehind ? t("Version {n} was saved since you began.", { n: version }) : "");
  if (wrong && isBehind) {
    return h(
      Told,
      { about: wrong },
      h(Conflict, { ask, name, wrong, since: typed.version, version, onTake, onSave: () => onSave(version) }),
    );
  }
  return h(
    Told,
    { about: wrong },
    wrong ? h("div", { class: "notice" }, wrong) : isBack && h(
      "div",
      { class: "notice" },
      h("span", { class: "grow" }, t("What you typed earlier and did not save is back.")),
      h(Button, { small: true, onClick: onTake }, t("Start from version {n}", { n: version })),
    ),
  );
};

/**
 * Somebody saved a newer version: what it changed, beside what is typed, and the two ways on.
 * @param {{ask: import("../lib/view.js").Ask, name: string, wrong: string, since: number, version: number,
 *   onTake: () => void, onSave: () => void}} props
 */
const Conflict = ({ ask, name, wrong, since, version, onTake, onSave }) => {
  const { answer } =
    /** @type {{answer: {events: import("./rubrics_history.js").Event[]} | null, error: string | null}} */ (
      useAsked(ask, "rubric_history", { category: name })
    );
  const newer = (answer?.events ?? []).flatMap((event) =>
    event.kind === "version" && event.category === name && event.version > since ? [event] : []
  );
  return h(
    "div",
    { class: "conflict" },
    h("div", { class: "notice" }, wrong),
    h("p", { class: "small" }, t("Nothing of yours is lost: it stands below. What was changed meanwhile:")),
    newer.map((event) => h(Changes, { key: event.version, ...event })),
    h(
      "div",
      { class: "end" },
      h(Button, { small: true, onClick: onSave }, t("Save mine as version {n}", { n: version + 1 })),
      h(Button, { small: true, onClick: onTake }, t("Take version {n} instead of mine", { n: version })),
    ),
  );
};
