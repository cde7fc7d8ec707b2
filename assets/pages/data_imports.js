// @ts-check
// The imports, the newest first, each of which can be taken back as long as nothing uses it.
import { Ago } from "../lib/ago.js";
import { Button, Card, Foreign, Scroll } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Removal } from "./data_asked.js";

/** @typedef {{number: number, file: string, dataset: string, counts: Record<string, number>, by: string, at: string,
 *   taken_back_at: string | null, is_left: boolean}} Imported */
/** @typedef {import("./data_sets.js").Asking} Asking */

const NEWEST = 5;
const COUNTS = ["imported", "updated", "duplicates", "rejected"];

/** @param {{imports: Imported[]} & Asking} props */
export const Imports = ({ imports, ask, act }) => {
  const [showsAll, setShowsAll] = useState(false);
  const [open, setOpen] = useState(/** @type {number | null} */ (null));
  const onClose = () => setOpen(null);
  const takeBack = async (/** @type {string} */ name, /** @type {object} */ body) => {
    const wrong = await act(name, body);
    if (!wrong) onClose();
    return wrong;
  };
  const asked = imports.find(({ number }) => number === open);
  return h(
    Card,
    { class: "across", title: t("Imports"), about: t("newest first") },
    h(
      Scroll,
      { label: t("Imports") },
      h(
        "table",
        { class: "plain" },
        h(
          "tr",
          {},
          [t("file"), t("imported by"), t("imported"), t("updated"), t("duplicates"), t("rejected")].map((text) =>
            h("th", { key: text }, text)
          ),
          h("th", { class: "for-owners" }),
        ),
        imports.slice(0, showsAll ? undefined : NEWEST).map((one) =>
          h(Row, { key: one.number, one, onBack: () => setOpen(open === one.number ? null : one.number) })
        ),
      ),
    ),
    imports.length > NEWEST && !showsAll && h(
      "p",
      { class: "body" },
      h(Button, { small: true, onClick: () => setShowsAll(true) }, t("Show all {n}", { n: number(imports.length) })),
    ),
    asked && h(Removal, {
      key: asked.number,
      ask,
      look: "import_goes",
      does: "take_back",
      body: { number: asked.number },
      doing: t("Take back {name}", { name: asked.file }),
      act: takeBack,
      onClose,
    }),
  );
};

/** @param {{one: Imported, onBack: () => void}} props */
const Row = ({ one: { file, dataset, counts, by, at, taken_back_at, is_left }, onBack }) =>
  h(
    "tr",
    {},
    h("td", {}, h(Foreign, { text: file }), file !== dataset && [" ", h(Foreign, { class: "soft", text: dataset })]),
    h("td", { dir: "auto", lang: "" }, by, " ", h(Ago, { iso: at })),
    COUNTS.map((name) => h("td", { key: name }, number(counts[name] ?? 0))),
    h(
      "td",
      { class: "for-owners" },
      taken_back_at ? t("taken back") : is_left &&
        h(Button, { small: true, label: t("Take back {name}", { name: file }), onClick: onBack }, t("Take back")),
    ),
  );
