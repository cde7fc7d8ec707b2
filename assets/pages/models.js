// @ts-check
// The Models page: the student in use, others that are here, and one to look at, download and use.
import { Notice } from "../lib/parts.js";
import { bytes, said, t } from "../lib/shared.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { Another, Download } from "./models_another.js";
import { StudentCard } from "./models_student.js";

/** @typedef {import("./models_student.js").Student} Student */
/** @typedef {{student: string, state: string, message: string, fraction: number | null,
 *   seconds_left: number | null}} Fetched */
/** @typedef {{students: Student[], device: string, memory: number, is_sure: boolean, flag: string | null,
 *   busy: string | null, download: Fetched | null}} View */
/** @typedef {(name: string, student?: string) => Promise<boolean>} Act */
const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "students", NOTHING, (/** @type {View} */ one) => one.busy !== null || isFetching(one))
    );
  const [told, setTold] = useState({ told: "", error: "" });
  const [found, setFound] = useState(/** @type {Student | null} */ (null));
  const [pending, setPending] = useState(/** @type {string | null} */ (null));
  /** @type {Act} */
  const act = async (name, student) => {
    setTold({ told: "", error: "" });
    setPending(name === "use" ? student ?? null : null);
    const answer = await ask(name, student === undefined ? {} : { student });
    setPending(null);
    setTold({ told: answer.told ?? "", error: answer.error ?? "" });
    await reload();
    return !answer.error;
  };
  if (!view) return h("div", { class: "page models" }, h(Notice, {}, said(error)));
  const [first, ...others] = view.students;
  const listed = view.students.find(({ given }) => given === found?.given);
  // What the hub said of one that is here in part says more than its files here.
  const looked = found && listed ? (listed.state === "here" ? listed : { ...found, state: listed.state }) : found;
  const card = (/** @type {Student} */ student) => h(StudentCard, { key: student.given, student, view, act, pending });
  return h(
    "div",
    { class: "page models" },
    h(Notice, {}, said(told.error || error)),
    h(
      "div",
      { class: "stack" },
      told.told && h("p", { class: "soft", role: "status" }, said(told.told)),
      card(first),
      view.busy && h("p", { class: "soft small", role: "status" }, said(view.busy)),
      view.flag &&
        h(
          "p",
          { class: "soft small" },
          t("The app was started with --student {name}. Each start with this flag chooses it again.", {
            name: view.flag,
          }),
        ),
      view.download && view.download.state !== "finished" && h(Download, { download: view.download, act }),
      h(Another, { ask, onFound: setFound }),
      looked && !looked.in_use && card(looked),
      others.filter(({ given }) => given !== looked?.given).map(card),
      h("p", { class: "soft small" }, memoryTold(view)),
    ),
  );
};

/** @param {View} view */
const isFetching = (view) => view.download?.state === "running";

/** @param {View} view */
const memoryTold = (view) =>
  view.is_sure
    ? t("Memory is estimated for {device} with {size}, for rows of usual length.", {
      device: view.device,
      size: bytes(view.memory),
    })
    : t("Memory is estimated for this computer's {size}; a GPU is known once a student has answered.", {
      size: bytes(view.memory),
    });
