// @ts-check
// What Browse can be narrowed to: the search, the order, the states with their counts, and what items hold.
import { empty, words } from "../lib/browse_address.js";
import { number, t } from "../lib/shared.js";
import { h, useState } from "../lib/view.js";
import { Choice, RangeField, Search, TextField } from "./browse_fields.js";
import { choices, ranges, sorts, stateNames, states, valueName } from "./browse_names.js";

/** @typedef {import("../lib/browse_address.js").Place} Place */
/** @typedef {import("../lib/browse_address.js").Name} Name */
/** @typedef {Partial<Record<Name, (string | number)[]>>} Held What the items hold of what can be chosen from. */
/** @typedef {(change: Partial<Place>) => void} Narrow */

const LONGEST_VALUE = 1000;
const LONGEST_NOTE = 500;
const WIDE = 760;

/**
 * @param {{place: Place, held: Held, counts: Record<string, number> | null, search: {current: HTMLInputElement | null},
 *   onNarrow: Narrow, onLeave: () => void}} props `counts` are those of the states, null until they are known.
 */
export const Filters = ({ place, held, counts, search, onNarrow, onLeave }) => {
  const [isWide] = useState(innerWidth > WIDE);
  const chosen = words(place, stateNames());
  const number = chosen.length - (place.text ? 1 : 0);
  return h(
    "section",
    { class: "card filters", "aria-label": t("Filters") },
    h(
      "div",
      { class: "line" },
      h(Search, { value: place.text, field: search, onSearch: (text) => onNarrow({ text }), onLeave }),
      h(Sort, { value: place.sort, onNarrow }),
    ),
    h(
      "details",
      { open: isWide },
      h("summary", {}, t("Filters"), number > 0 && h("span", { class: "chip num" }, number)),
      h(States, { place, counts, isNarrowed: chosen.length > 0, onNarrow }),
      h(
        "div",
        { class: "line chosen" },
        choices().map(([name, label]) => h(OneOf, { key: name, name, label, place, held, onNarrow })),
        h(OfRows, { place, held, onNarrow }),
        ranges().map(([name, label, least, most, step]) =>
          h(RangeField, {
            ...{ key: name, label, least, most, step },
            value: place[name],
            onTyped: (value) => onNarrow({ [name]: value }),
          })
        ),
        h(Note, { value: place.note, onNarrow }),
      ),
    ),
  );
};

/** @param {{value: string, onNarrow: Narrow}} props */
const Sort = ({ value, onNarrow }) =>
  h(
    "label",
    { class: "sort" },
    t("Sorted by"),
    h(
      "select",
      {
        value,
        "aria-label": t("Sorted by"),
        onchange: (/** @type {any} */ event) => onNarrow({ sort: event.target.value }),
      },
      sorts().map(([one, text]) => h("option", { key: one, value: one }, text)),
    ),
  );

/** @param {{place: Place, counts: Record<string, number> | null, isNarrowed: boolean, onNarrow: Narrow}} props */
const States = ({ place, counts, isNarrowed, onNarrow }) => {
  const { states: chosen, stale, note } = place;
  const turned = (/** @type {string} */ name) =>
    chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
  return h(
    "div",
    { class: "states", role: "group", "aria-label": t("State") },
    states().map(([name, sign, text]) =>
      h(Toggle, {
        ...{ key: name, name, sign, text },
        count: counts ? counts[name] ?? 0 : null,
        isOn: chosen.includes(name),
        onTurn: () => onNarrow({ states: turned(name) }),
      })
    ),
    h(Toggle, {
      ...{ name: "stale", sign: "↻", text: t("stale"), isOn: stale },
      why: t("Written against other criteria than the category now has"),
      onTurn: () => onNarrow({ stale: !stale }),
    }),
    h(Toggle, {
      ...{ name: "noted", sign: "✎", text: t("with a note"), isOn: note !== null },
      onTurn: () => onNarrow({ note: note === null ? "" : null }),
    }),
    isNarrowed && h(
      "button",
      { type: "button", class: "act small clear", onclick: () => onNarrow(empty()) },
      t("Clear all"),
    ),
  );
};

/**
 * @param {{name: string, sign: string, text: string, isOn: boolean, why?: string, count?: number | null,
 *   onTurn: () => void}} props
 */
const Toggle = ({ name, sign, text, isOn, why, count = null, onTurn }) =>
  h(
    "button",
    {
      type: "button",
      class: `act small state ${name}`,
      "aria-pressed": String(isOn),
      "aria-description": count === null ? null : t("{n} items", { n: number(count) }),
      title: why,
      onclick: (/** @type {MouseEvent} */ event) => event.detail < 2 && onTurn(),
    },
    h("i", { "aria-hidden": "true" }, sign),
    text,
    count !== null && h("small", { class: "num", "aria-hidden": "true" }, number(count)),
  );

/** @param {{name: Name, label: string, place: Place, held: Held, onNarrow: Narrow}} props */
const OneOf = ({ name, label, place, held, onNarrow }) => {
  const value = place[name];
  const values = (held[name] ?? []).map(String);
  if (value && !values.includes(value)) values.push(value);
  const options = values.map((one) => /** @type {[string, string]} */ ([one, valueName(name, one)]));
  if (name === "category") options.unshift(["", t("no matching rubric")]);
  const other = name === "metadata_key" ? { metadata_value: null } : {};
  return h(Choice, { label, value, options, onChange: (chosen) => onNarrow({ ...other, [name]: chosen }) });
};

/** By the row that an item came from: only where rows brought an id, or columns that are not read. */
const OfRows = (/** @type {{place: Place, held: Held, onNarrow: Narrow}} */ { place, held, onNarrow }) => [
  (held.row_id?.length || place.row_id !== null) && h(TextField, {
    ...{ key: "row", label: t("Row's id"), longest: LONGEST_VALUE },
    value: place.row_id ?? "",
    example: String(held.row_id?.[0] ?? ""),
    onTyped: (text) => onNarrow({ row_id: text || null }),
  }),
  (held.metadata_key?.length || place.metadata_key !== null) &&
  h(OneOf, { key: "column", name: "metadata_key", label: t("Other column"), place, held, onNarrow }),
  place.metadata_key !== null && h(TextField, {
    ...{ key: "value", label: t("Its value"), longest: LONGEST_VALUE },
    value: place.metadata_value ?? "",
    example: t("any value"),
    onTyped: (text) => onNarrow({ metadata_value: text || null }),
  }),
];

/** @param {{value: string | null, onNarrow: Narrow}} props */
const Note = ({ value, onNarrow }) =>
  h(TextField, {
    label: t("Note holds"),
    value: value ?? "",
    longest: LONGEST_NOTE,
    onTyped: (text) => onNarrow({ note: text || (value === null ? null : "") }),
  });
