// @ts-check
// The upper part of the Data page: what there is, where it came from, and drafts of it.
import { Notice } from "../lib/parts.js";
import { number, said, t } from "../lib/shared.js";
import { h, useAnswer, useState } from "../lib/view.js";
import { Imports } from "./data_imports.js";
import { Items } from "./data_items.js";
import { DataSets } from "./data_sets.js";

/** @typedef {{datasets: import("./data_sets.js").Dataset[], bundled: string, imports: import("./data_imports.js").Imported[],
 *   items: import("./data_items.js").Counts, teacher: string, models: number[], failures: number}} View */
const NOTHING = {};

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  // A file that is imported below is no job whose end would be told.
  const { answer: view, error, reload } = useAnswer(ask, "overview", NOTHING, (/** @type {View} */ _) => true);
  const [refused, setRefused] = useState(/** @type {string | null | undefined} */ (null));
  /** @type {import("./data_asked.js").Act} */
  const act = async (name, body) => {
    const done = await ask(name, body);
    await reload();
    return said(done.error);
  };
  return h(
    "div",
    { class: "page data" },
    h(Notice, {}, said(error) ?? refused),
    view && h(
      "div",
      { class: "cards two" },
      h(DataSets, { datasets: view.datasets, bundled: view.bundled, ask, act }),
      h(Items, { ...view, act: async (name, body) => setRefused(await act(name, body)) }),
      view.imports.length > 0 && h(Imports, { imports: view.imports, ask, act }),
      view.failures > 0 && h(
        "p",
        { class: "body small" },
        h(
          "a",
          { href: "/teacher" },
          view.failures === 1
            ? t("1 revision failed: see the Teacher page.")
            : t("{n} revisions failed: see the Teacher page.", { n: number(view.failures) }),
        ),
      ),
    ),
  );
};
