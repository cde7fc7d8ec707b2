// @ts-check
// The forms that rename a category and merge it into another one.
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Another, End, Form, Refusal, TextField, useFirst } from "./rubrics_form.js";

/** @typedef {import("./rubrics.js").FormProps} FormProps */

/** @param {FormProps} props */
export const Rename = ({ ask, category, close, isTyped }) => {
  const [name, setName] = useState(category.name);
  const [error, setError] = useState("");
  const first = useFirst();
  isTyped.current = name.trim() !== category.name;
  const rename = async () => {
    const answer = await ask("rename_category", { category: category.name, version: category.rubric.version, name });
    if (answer.error) return setError(answer.error);
    close(t("“{old}” is called “{name}” now.", { old: category.name, name: answer.name }), answer.name);
  };
  return h(
    Form,
    { onSend: rename, onClose: close },
    h(Refusal, { error }),
    h(TextField, { label: t("New name"), value: name, onInput: setName, required: true, first }),
    h(
      "p",
      { class: "soft small" },
      t(
        "Past decisions keep the old name, which is retired. Members, assigned instructions and the rubric go with the new one.",
      ),
    ),
    h(End, { label: t("Rename"), onClose: close }),
  );
};

/** @param {FormProps} props */
export const Merge = ({ ask, category, others, close, isTyped }) => {
  const [into, setInto] = useState("");
  const [error, setError] = useState("");
  const first = useFirst();
  isTyped.current = into !== "";
  const merge = async () => {
    const answer = await ask("merge_categories", {
      category: category.name,
      version: category.rubric.version,
      into,
      into_version: others.find(({ name }) => name === into)?.rubric.version,
    });
    if (answer.error) return setError(answer.error);
    close(t("“{old}” is merged into “{name}”.", { old: category.name, name: into }), into);
  };
  return h(
    Form,
    { onSend: merge, onClose: close },
    h(Refusal, { error }),
    h(Another, { label: t("Merge into"), value: into, onChange: setInto, others, first }),
    h(
      "p",
      { class: "soft small" },
      t(
        "Its {n} members and what is assigned to it get the other category's rubric, and their waiting revisions become stale.",
        { n: number(category.members) },
      ),
      " ",
      t("This cannot be undone; members can be split off again."),
    ),
    h(End, { label: t("Merge"), onClose: close }),
  );
};
