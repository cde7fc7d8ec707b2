// @ts-check
// For owners: by how many people the items of a data set are decided.
import { Card, Foreign } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h, useEdited } from "../lib/view.js";

/** @typedef {{dataset: string, share: number, slots: number, waiting: number, several: number}} Overlap */
/** @typedef {(asked: {dataset: string, share: number, slots: number}) => Promise<boolean>} Save Whether it was taken. */

/** @param {{overlaps: Overlap[], save: Save}} props */
export const OverlapCard = ({ overlaps, save }) =>
  h(
    Card,
    {
      class: "for-owners",
      title: t("How many people decide"),
      about: t("for items that nobody has decided yet, and for later ones"),
    },
    overlaps.length
      ? overlaps.map((overlap) => h(Form, { key: overlap.dataset, overlap, save }))
      : h("div", { class: "body soft small" }, t("Import a data set first.")),
  );

/** @param {{overlap: Overlap, save: Save}} props */
const Form = ({ overlap, save }) => {
  const { dataset, several, waiting } = overlap;
  const share = useEdited(String(Math.round(100 * overlap.share)));
  const slots = useEdited(String(overlap.slots));
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const taken = await save({ dataset, share: Number(share.value) / 100, slots: Number(slots.value) });
    if (!taken) return;
    share.sent();
    slots.sent();
  };
  return h(
    "form",
    { class: "setup overlap", onsubmit: send },
    h(
      "div",
      { class: "grow" },
      h(Foreign, { tag: "b", text: dataset }),
      h(
        "small",
        { class: "soft" },
        t("{several} of {waiting} waiting items are for several people", {
          several: number(several),
          waiting: number(waiting),
        }),
      ),
    ),
    h(
      "label",
      {},
      t("share, %"),
      h(Field, { label: t("share of {name} in percent", { name: dataset }), least: 0, most: 100, ...share }),
    ),
    h(
      "label",
      {},
      t("people"),
      h(Field, { label: t("people for {name}", { name: dataset }), least: 1, most: 9, ...slots }),
    ),
    h("button", { class: "act small" }, t("Save")),
  );
};

/** @param {{label: string, least: number, most: number, value: string, onInput: (event: any) => void}} props */
const Field = ({ label, least, most, value, onInput }) =>
  h("input", {
    type: "number",
    min: least,
    max: most,
    step: 1,
    required: true,
    value,
    "aria-label": label,
    oninput: onInput,
  });
