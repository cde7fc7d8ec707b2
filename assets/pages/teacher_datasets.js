// @ts-check
// Who revises the drafts of which data set, and how; what that will take, and the button that has it done.
import { dollars } from "../lib/money.js";
import { Button, Card, Check, Foreign } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";

/** @typedef {{name: string, teachers: string[], style: string, rationale: boolean, waiting: number}} Dataset */
/** @typedef {{teacher: string, calls: number, tokens_in: number, tokens_out: number, about: number | null,
 *   most: number | null}} Estimate */
/** @typedef {import("./teacher.js").Act} Act */

const MOST = 100_000;

/** @param {{datasets: Dataset[], teachers: string[], estimates: Estimate[], act: Act}} props */
export const Taught = ({ datasets, teachers, estimates, act }) => {
  const waiting = datasets.reduce((sum, one) => sum + one.waiting, 0);
  return h(
    Card,
    {
      title: t("Who revises what"),
      about: t("each teacher of a data set writes a revision of its own, and the Review page shows them side by side"),
    },
    datasets.map((dataset) => h(One, { key: dataset.name, dataset, teachers, act })),
    estimates.length > 0 && h(
      "div",
      { class: "body small soft estimates" },
      estimates.map((one) => h("p", { key: one.teacher }, estimateTold(one))),
    ),
    h(
      "div",
      { class: "setup last for-owners" },
      h(
        Button,
        { main: true, disabled: !waiting, onClick: () => act("revise", { items: Math.min(waiting, MOST) }) },
        waiting === 1 ? t("Write 1 revision") : t("Write {n} revisions", { n: number(waiting) }),
      ),
      !waiting &&
        h(
          "span",
          { class: "soft small" },
          t("Every draft has its revisions. New drafts are written on the Data page."),
        ),
    ),
  );
};

/** @param {Estimate} estimate */
const estimateTold = ({ teacher, calls, tokens_in, tokens_out, about, most }) => {
  const words = { name: teacher, calls: number(calls), tokens: number(tokens_in + tokens_out) };
  return about === null || most === null
    ? t("{name}: {calls} calls, about {tokens} tokens; the cost is unknown without a price.", words)
    : t("{name}: {calls} calls, about {tokens} tokens and {about}, at most {most}.", {
      ...words,
      about: dollars(about),
      most: dollars(most),
    });
};

/** @param {{dataset: Dataset, teachers: string[], act: Act}} props */
const One = ({ dataset, teachers, act }) => {
  const [sent, setSent] = useState(/** @type {Dataset | null} */ (null)); // shown until the server has answered
  const { name, waiting, ...chosen } = sent ?? dataset;
  const change = async (/** @type {Partial<Dataset>} */ part) => {
    const { teachers, style, rationale } = { ...chosen, ...part };
    const asked = { dataset: name, teachers, style, rationale };
    const shown = { ...dataset, ...asked };
    setSent(shown);
    await act("choose", asked);
    setSent((now) => now === shown ? null : now);
  };
  return h(
    "div",
    { class: "setup overlap" },
    h(
      "div",
      { class: "grow" },
      h(Foreign, { tag: "b", text: name }),
      h(
        "span",
        { class: "small soft" },
        waiting === 1 ? t("1 revision to write") : t("{n} revisions to write", { n: number(waiting) }),
      ),
    ),
    h(Teachers, { name, teachers, chosen: chosen.teachers, onChange: (teachers) => change({ teachers }) }),
    h(Style, { name, style: chosen.style, onChange: (style) => change({ style }) }),
    h(
      Check,
      { owners: true, checked: chosen.rationale, onChange: (rationale) => change({ rationale }) },
      t("a reason for each criterion"),
    ),
  );
};

/** @param {{name: string, teachers: string[], chosen: string[], onChange: (chosen: string[]) => void}} props */
const Teachers = ({ name, teachers, chosen, onChange }) => {
  const asked = asking(teachers, chosen);
  return h(
    "fieldset",
    { class: "teachers for-owners" },
    h("legend", { class: "hidden" }, t("teachers of {name}", { name })),
    teachers.map((one) =>
      h(
        Check,
        { key: one, checked: asked.includes(one), onChange: () => onChange(toggled(teachers, chosen, one)) },
        h(TeacherName, { name: one }),
      )
    ),
  );
};

/** The teachers of a data set: without a choice, the first there is. @param {string[]} every @param {string[]} chosen */
export const asking = (every, chosen) => chosen.length ? chosen : every.slice(0, 1);

/** Those that teach once `one` is ticked, or is no longer, in the order of all.
 * @param {string[]} every @param {string[]} chosen @param {string} one */
export const toggled = (every, chosen, one) => {
  const now = asking(every, chosen);
  return every.filter((name) => now.includes(name) !== (name === one));
};

/** @param {{name: string, style: string, onChange: (style: string) => void}} props */
const Style = ({ name, style, onChange }) =>
  h(
    "label",
    { class: "for-owners" },
    t("is asked for"),
    h(
      "select",
      {
        "aria-label": t("what {name} is asked for", { name }),
        value: style,
        onchange: (/** @type {any} */ event) => onChange(event.target.value),
      },
      h("option", { value: "smallest" }, t("the smallest change")),
      h("option", { value: "free" }, t("a free rewrite")),
    ),
  );

/** A teacher by its name; the one that needs no model has words of ours. @param {{name: string}} props */
export const TeacherName = ({ name }) => name === "reference" ? t("reference answers") : h(Foreign, { text: name });
