// @ts-check
// How far the assignment agrees with who sorted the members.
import { Card, Foreign, Scroll } from "../lib/parts.js";
import { number, percent, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {{share: number, low: number, high: number}} Share A share and its 95 % interval. */
/** @typedef {{n: number, first: number, second: number, either_low: number, either_high: number} & Share} All */
/** @typedef {{category: string, n: number, mistaken_for: string | null} & Share} OfCategory */
/** @typedef {{all: All | null, categories: OfCategory[]}} Agreed */

/** @param {{agreed: Agreed, byPeople: number}} props */
export const Agreement = ({ agreed: { all, categories }, byPeople }) =>
  h(
    Card,
    { title: t("Agreement with who sorted the members"), about: t("each member assigned without its own vote") },
    all && h(Figures, { all }),
    byPeople > 0 && h(
      "p",
      { class: "body small soft" },
      byPeople === 1
        ? t("1 member that a person sorted is left out here.")
        : t("{n} members that a person sorted are left out here.", { n: number(byPeople) }),
    ),
    h(Scroll, { label: t("Agreement by category") }, h(Table, { categories })),
  );

/** @param {{of: Share}} props */
const WithInterval = ({ of: { share, low, high } }) => [
  percent(share),
  " ",
  h("small", {}, `${percent(low)}–${percent(high)}`),
];

/** @param {{all: All}} props */
const Figures = ({ all }) => {
  const either = { share: (all.first + all.second) / all.n, low: all.either_low, high: all.either_high };
  return h(
    "div",
    { class: "figures" },
    h("div", {}, h("span", {}, t("same category")), h("strong", {}, h(WithInterval, { of: all }))),
    h("div", {}, h("span", {}, t("same or runner-up")), h("strong", {}, h(WithInterval, { of: either }))),
    h("div", {}, h("span", {}, t("members")), h("strong", {}, number(all.n))),
  );
};

/** The categories, the least agreement first. @param {{categories: OfCategory[]}} props */
const Table = ({ categories }) =>
  h(
    "table",
    { class: "plain long" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        [t("category"), t("members"), t("same category")].map((text) => h("th", { key: text, scope: "col" }, text)),
        h("th", { scope: "col", class: "left" }, t("most often taken for")),
      ),
    ),
    h(
      "tbody",
      {},
      categories.toSorted((one, other) => one.share - other.share).map((row) =>
        h(
          "tr",
          { key: row.category },
          h("th", { scope: "row", dir: "auto", lang: "" }, row.category),
          h("td", {}, number(row.n)),
          h("td", {}, h(WithInterval, { of: row })),
          h(Foreign, { tag: "td", class: "left", text: row.mistaken_for ?? "–" }),
        )
      ),
    ),
  );
