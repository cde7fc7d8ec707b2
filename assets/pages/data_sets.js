// @ts-check
// The data sets, by the splits of their rows.
import { Button, Card, Scroll } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Removal, Renaming } from "./data_asked.js";

/** @typedef {{name: string, train: number, validation: number, test: number, held_out: boolean}} Dataset */
/** @typedef {{ask: import("../lib/view.js").Ask, act: import("./data_asked.js").Act}} Asking */
/** @typedef {(what: "rename" | "delete", dataset: string) => void} Open */

/** @param {{datasets: Dataset[], bundled: string} & Asking} props `bundled` stays as it is. */
export const DataSets = ({ datasets, bundled, ask, act }) => {
  const [open, setOpen] = useState(/** @type {{what: string, dataset: string} | null} */ (null));
  const onClose = () => setOpen(null);
  /** @type {Open} */
  const toggle = (what, dataset) => setOpen(open?.what === what && open.dataset === dataset ? null : { what, dataset });
  const change = async (/** @type {string} */ name, /** @type {object} */ body) => {
    const wrong = await act(name, body);
    if (!wrong) onClose();
    return wrong;
  };
  return h(
    Card,
    { title: t("Data sets"), about: t("split 8 : 1 : 1 by content") },
    h(
      Scroll,
      { label: t("Data sets") },
      h(
        "table",
        { class: "plain sets" },
        h(
          "tr",
          {},
          [t("name"), t("train"), t("validation"), t("test")].map((text) => h("th", { key: text }, text)),
          h("th", { class: "for-owners" }),
        ),
        datasets.map((dataset) => h(Row, { key: dataset.name, dataset, isBundled: dataset.name === bundled, toggle })),
      ),
    ),
    // Below the table, which may be wider than its card.
    open?.what === "rename" && h(Renaming, { key: open.dataset, dataset: open.dataset, act: change, onClose }),
    open?.what === "delete" && h(Removal, {
      key: open.dataset,
      ask,
      look: "dataset_goes",
      does: "delete_dataset",
      body: { dataset: open.dataset },
      doing: t("Delete {name}", { name: open.dataset }),
      act: change,
      onClose,
    }),
  );
};

/** @param {{dataset: Dataset, isBundled: boolean, toggle: Open}} props */
const Row = ({ dataset: { name, train, validation, test, held_out }, isBundled, toggle }) =>
  h(
    "tr",
    {},
    h(
      "td",
      {},
      h("span", { dir: "auto", lang: "" }, breakable(name).map((part) => [h("wbr"), part])),
      held_out && [" ", h("span", { class: "chip" }, t("only to measure on"))],
    ),
    [train, validation, test].map((n, i) => h("td", { key: i }, number(n))),
    h(
      "td",
      { class: "for-owners acts" },
      !isBundled && [
        h(
          Button,
          { small: true, label: t("Rename {name}", { name }), onClick: () => toggle("rename", name) },
          t("Rename"),
        ),
        " ",
        h(
          Button,
          { small: true, label: t("Delete {name}", { name }), onClick: () => toggle("delete", name) },
          t("Delete"),
        ),
      ],
    ),
  );

/** A name in pieces between which a line may end: names of data sets have no spaces. @param {string} name */
export const breakable = (name) => name.split(/(?<=[_/-])/);
