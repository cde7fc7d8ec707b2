// @ts-check
// Which of a test set's instructions, or nearly, stand in what the rounds learned.
import { Foreign, Notice } from "../lib/parts.js";
import { number, percent, said, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";

/** @typedef {{kind: "same" | "near", tested: string, learned: string, ratio: number}} Pair */
/** @typedef {{n: number, learned: number, exact: number, near: number, without_vector: number, pairs: Pair[]}} Overlap */

/** @param {{ask: import("../lib/view.js").Ask, testSet: string}} props */
export const OverlapFold = ({ ask, testSet }) => {
  const [found, setFound] = useState(/** @type {Overlap | null} */ (null));
  const [error, setError] = useState(/** @type {string | null} */ (null));
  const open = async (/** @type {any} */ event) => {
    if (!event.target.open) return;
    const answer = await ask("overlap", { test_set: testSet });
    setError(answer.error ?? null);
    setFound(answer.error ? null : answer);
  };
  return h(
    "details",
    { class: "body all-figures", ontoggle: open },
    h("summary", {}, t("Overlap with what was learned")),
    h(Notice, {}, said(error)),
    found && h(Found, { found }),
  );
};

/** @param {{found: Overlap}} props */
const Found = ({ found }) => {
  const values = {
    n: number(found.n),
    learned: number(found.learned),
    exact: number(found.exact),
    near: number(found.near),
  };
  return h(
    "div",
    { class: "small" },
    h(
      "p",
      { role: "status" },
      t("Of {n} instructions, {exact} are among the {learned} that rounds learned, and {near} nearly are.", values),
    ),
    found.pairs.map((pair, i) =>
      h(
        "div",
        { key: i, class: "pair-of-texts texts" },
        h(Foreign, { tag: "p", class: "said", text: pair.tested }),
        h(
          "div",
          {},
          h("span", { class: "num chip" }, pair.kind === "same" ? t("the same") : percent(pair.ratio / 100)),
          h(Foreign, { tag: "p", class: "said", text: pair.learned }),
        ),
      )
    ),
  );
};
