// @ts-check
// The Curriculum page: the form that starts the whole algorithm, and its rounds, stage by stage. It shows what the store
// says, so a reload or another browser sees the same.
import { Notice } from "../lib/parts.js";
import { said, t } from "../lib/shared.js";
import { RoundsNav } from "../lib/subnav.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { asked, firstForm } from "./curriculum_asked.js";
import { NewCurriculum } from "./curriculum_form.js";
import { CurriculumCard } from "./curriculum_one.js";

/** @typedef {import("./curriculum_one.js").Curriculum} Curriculum */
/** @typedef {{curricula: Curriculum[], datasets: string[], held_out: string[], categories: string[],
 *   launchers: string[], judges: string[], available: number}} View */
/** @typedef {{whys: Record<string, string>, kinds: import("./rounds_kinds.js").Kind[]}} Given */

const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask, given: Given}} props */
export default ({ ask, given }) => {
  const { answer: view, error, reload } =
    /** @type {{answer: View | null, error: string | null, reload: () => Promise<void>}} */ (
      useAnswer(ask, "curricula", NOTHING, () => true) // somebody else, or a command, may start one
    );
  const [form, setForm] = useState(firstForm(given.kinds));
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const act = async (/** @type {string} */ name, /** @type {object} */ body) => {
    setRefused((await ask(name, body)).error ?? null);
    await reload();
  };
  const isUnder = view?.curricula.some(({ state }) => ["running", "paused"].includes(state));
  return h(
    "div",
    { class: "page", oninput: () => setRefused(null) }, // what is corrected needs no complaint any more
    h(RoundsNav, { active: "/curriculum" }),
    h(Notice, {}, said(refused ?? error)),
    view
      ? h(
        "div",
        { class: "stack" },
        !isUnder && h(NewCurriculum, {
          view,
          given,
          form,
          setForm,
          onStart: () => act("start_curriculum", asked(given.kinds, form)),
        }),
        view.curricula.map((one) =>
          h(CurriculumCard, { key: one.id, one, act: (name) => act(name, { curriculum: one.id }) })
        ),
      )
      : h("div", { class: "nothing" }, t("Reading the curricula …")),
  );
};
