// @ts-check
// One student: what it is, whether it fits, its rounds, and what can be done with it.
import { Button, Card, Foreign } from "../lib/parts.js";
import { bytes, number, said, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{bytes: number, says: string}} Fit */
/** @typedef {{given: string, name: string, in_use: boolean, was_used: boolean, where: string, state: string,
 *   bytes: number | null, kind: string | null, context: number | null, licence: string | null,
 *   fits: Record<string, Fit>, rounds: number[]}} Student */
/** @typedef {import("./models.js").View} View */
/** @typedef {import("./models.js").Act} Act */

/** @param {{student: Student, view: View, act: Act, pending: string | null}} props */
export const StudentCard = ({ student, view, act, pending }) =>
  h(
    Card,
    {
      class: student.in_use ? "chosen" : "",
      title: h(Foreign, { text: student.where === "bundled" ? "SmolLM2-135M-Instruct" : student.given }),
      about: [where(student), student.in_use && ` · ${t("in use")}`],
      tools: student.in_use ? null : h(Acts, { student, view, act, pending }),
    },
    h("dl", { class: "facts" }, facts(student)),
    !student.in_use && student.rounds.length > 0 &&
      h("p", { class: "body soft small" }, t("Its rounds cannot be chatted with or continued until you use it again.")),
  );

/** @param {{student: Student, view: View, act: Act, pending: string | null}} props */
const Acts = ({ student, view, act, pending }) => {
  const isFetching = view.download?.state === "running";
  if (student.state !== "here" && student.where === "hub") {
    return h(
      "span",
      { class: "for-owners" },
      h(Button, {
        small: true,
        disabled: isFetching,
        onClick: () => act("fetch", student.given),
      }, student.state === "partly" ? t("Resume the download") : t("Download")),
    );
  }
  return h(
    "span",
    { class: "for-owners", title: said(view.busy) },
    h(Button, {
      small: true,
      disabled: view.busy !== null || pending !== null,
      onClick: () => act("use", student.given),
    }, pending === student.given ? t("Checking …") : t("Use this student")),
  );
};

/** @param {Student} student */
const where = (student) =>
  student.where === "bundled" ? t("bundled") : student.where === "hub" ? t("from the hub") : t("a folder");

/** @param {Student} student */
const facts = (student) => [
  fact(t("size"), student.state !== "partly" && student.bytes && bytes(student.bytes)),
  fact(t("architecture"), student.kind && h(Foreign, { text: student.kind })),
  fact(t("context"), student.context && t("{n} tokens", { n: number(student.context) })),
  fact(t("licence"), licence(student)),
  fact(t("chat"), student.fits.chat && fitTold(student.fits.chat)),
  fact(t("a round"), student.fits.round && fitTold(student.fits.round)),
  fact(t("on this machine"), state(student)),
  fact(
    t("finished rounds"),
    student.rounds.length > 0 && student.rounds.toReversed().map((n, i) => [
      i ? ", " : "",
      h("a", { key: n, href: `/rounds?round=${n}` }, String(n)),
    ]),
  ),
];

/** @param {string} name @param {import("../lib/view.js").Child | undefined} value */
const fact = (name, value) => value ? h("div", { key: name }, h("dt", {}, name), h("dd", {}, value)) : null;

/** What the card says; of what is here in part the card may be missing. @param {Student} student */
const licence = (student) =>
  student.licence
    ? h(Foreign, { text: student.licence })
    : student.state === "partly" || student.bytes === null
    ? null
    : t("not stated");

/** @param {Student} student */
const state = (student) => student.state === "here" ? t("yes") : student.state === "partly" ? t("in part") : t("no");

/** @param {Fit} fit */
const fitTold = (fit) => {
  const size = bytes(fit.bytes);
  if (fit.says === "fits") return t("fits, takes about {size}", { size });
  const [text, look] = fit.says === "tight"
    ? [t("tight, takes about {size}", { size }), "warn"]
    : [t("does not fit, takes about {size}", { size }), "warn"];
  return h("span", { class: `chip ${look}` }, text);
};
