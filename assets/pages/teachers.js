// @ts-check
// The upper part of the Teacher page: the models that teach and judge, and the form that adds one.
import { Button, Card, Notice } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { AddTeacher } from "./teachers_add.js";
import { OneModel } from "./teachers_one.js";

/** @typedef {import("./teachers_one.js").Model} Model */
/** @typedef {{has_reference: boolean, teachers: Model[], judges: Model[]}} View */
const NOTHING = {};

/** @param {View} view */
const isTesting = ({ teachers, judges }) => [...teachers, ...judges].some(({ check }) => check?.state === "running");

/** @param {{ask: import("../lib/view.js").Ask, given: import("./teachers_fields.js").Given}} props */
export default ({ ask, given }) => {
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "models", NOTHING, isTesting)
    );
  const [isAdding, setAdding] = useState(false);
  const [refused, setRefused] = useState("");
  const [told, setTold] = useState("");
  const act = async (/** @type {string} */ name, /** @type {object} */ body) => {
    const answer = await ask(name, body);
    const shown = ["check", "set_price"].includes(name);
    setRefused(shown ? answer.error ?? "" : "");
    if (!answer.error) setTold(done(name, body, answer));
    await reload();
    return answer;
  };
  const onAdd = async (/** @type {string} */ name) => {
    setAdding(false);
    setTold(t("{name} was added. Test it, then choose below which data sets it revises.", { name }));
    await reload();
  };
  if (!view) return h("div", { class: "page" }, h(Notice, {}, said(error)));
  return h(
    "div",
    { class: "page behind" },
    h(Notice, {}, said(refused || error)),
    told && h("p", { class: "told", role: "status" }, told),
    h(
      "div",
      { class: "stack" },
      h(
        Card,
        {
          title: t("Teachers"),
          tools: !isAdding && h(
            "span",
            { class: "for-owners" },
            h(Button, { small: true, onClick: () => setAdding(true) }, t("Add a teacher")),
          ),
        },
        view.has_reference && h(Reference, { isAlone: !view.teachers.length }),
        view.teachers.map((model) => h(OneModel, { key: model.name, model, given, act })),
      ),
      isAdding && h(AddTeacher, { ask, given, onAdd, onClose: () => setAdding(false) }),
      view.judges.length > 0 && h(
        Card,
        { title: t("Judges") },
        view.judges.map((model) => h(OneModel, { key: model.name, model, given, act })),
      ),
    ),
  );
};

/** What an act has come to. @param {string} name @param {any} body @param {any} answer */
const done = (name, body, answer) => {
  if (name === "set_model") return t("The settings of {name} are saved.", { name: body.teacher });
  if (name !== "remove_model") return "";
  const sets = answer.datasets.join(", ");
  const others = sets && t("These data sets now use other teachers: {sets}.", { sets });
  return [t("{name} was removed.", { name: body.teacher }), others].filter(Boolean).join(" ");
};

/** @param {{isAlone: boolean}} props */
const Reference = ({ isAlone }) =>
  h(
    "div",
    { class: "setup teacher" },
    h(
      "div",
      { class: "grow" },
      h("b", {}, t("reference answers")),
      h(
        "div",
        { class: "small soft" },
        t("Gives the data set's own answer and does not read the draft: a second answer, not an edit."),
        isAlone && [" ", t("To have drafts edited, add a model: a hosted one with a key, or a server of your own.")],
      ),
    ),
  );
