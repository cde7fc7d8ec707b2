// @ts-check
// What is browsed: as the page's address, so that a link shows the same; as the server wants it; and in words.
import { isChinese, t } from "./shared.js";

/** @typedef {[number, number]} Key Where a page of the list ends: its last row's place in the sort, and its item. */
/** @typedef {[string, string]} Bounds From and to, as they are typed; "" is no bound. */
/**
 * @typedef {"category" | "dataset" | "round" | "teacher" | "annotator" | "criterion" | "curriculum" | "row_id"
 *   | "metadata_key" | "metadata_value"} Name What is filtered by one value; null lets all pass.
 */
/** @typedef {"similarity" | "edit"} Range */
/**
 * @typedef {{text: string, states: string[], note: string | null, stale: boolean} & Record<Name, string | null>
 *   & Record<Range, Bounds>} Filter
 */
/** @typedef {Filter & {sort: string, after: Key | null}} Place A filter, its order, and the page of it. */

const STATES = ["waiting", "disputed", "accepted", "rejected", "drafted", "held_out"];
const SORTS = ["newest", "oldest", "queue", "decided", "largest edit", "smallest edit", "best rubric", "worst rubric"];
/** @type {Name[]} */
const OF_ITEMS = ["category", "dataset", "round", "teacher", "annotator", "criterion", "curriculum"];
/** @type {Name[]} */
const OF_ROWS = ["row_id", "metadata_key", "metadata_value"];
const NAMES = [...OF_ITEMS, ...OF_ROWS];
/** @type {Range[]} */
const RANGES = ["similarity", "edit"];

/** @template {string} N @template T @param {N[]} names @param {(name: N) => T} value @returns {Record<N, T>} */
const each = (
  names,
  value,
) => /** @type {Record<N, T>} */ (Object.fromEntries(names.map((name) => [name, value(name)])));

/** The filter that lets all pass. @returns {Filter} */
export const empty = () => ({
  text: "",
  states: [],
  note: null,
  stale: false,
  ...each(NAMES, () => /** @type {string | null} */ (null)),
  ...each(RANGES, () => /** @type {Bounds} */ (["", ""])),
});

/**
 * What an address shows; what in it nobody could have chosen is passed over.
 * @param {URLSearchParams} query @returns {Place}
 */
export const read = (query) => {
  const sort = query.get("sort") ?? "";
  return {
    text: (query.get("text") ?? "").trim(),
    states: (query.get("state") ?? "").split(",").filter((name) => STATES.includes(name)),
    note: query.get("note"),
    stale: query.get("stale") === "1",
    ...each(NAMES, (name) => query.get(name)),
    ...each(RANGES, (name) => bounds(query.get(name) ?? "")),
    sort: SORTS.includes(sort) ? sort : SORTS[0],
    after: key(query.get("after") ?? ""),
  };
};

/** @param {string} text @returns {Bounds} */
const bounds = (text) => {
  const [low = "", high = ""] = text.split("..").map((one) => one !== "" && Number.isFinite(Number(one)) ? one : "");
  return [low, high];
};

/** @param {string} text @returns {Key | null} */
const key = (text) => {
  const [place, item, ...more] = text.split("~").map(Number);
  return !more.length && Number.isFinite(place) && Number.isFinite(item) ? [place, item] : null;
};

/**
 * The address's query for this place; what else it held (the theme, say) stays.
 * @param {Place} place @param {string} search
 */
export const write = (place, search) => {
  const query = new URLSearchParams(search);
  const put = (/** @type {string} */ name, /** @type {string | null} */ value) =>
    value === null ? query.delete(name) : query.set(name, value);
  put("text", place.text || null);
  put("state", place.states.join(",") || null);
  for (const name of NAMES) put(name, place[name]);
  for (const name of RANGES) put(name, place[name].some((bound) => bound !== "") ? place[name].join("..") : null);
  put("note", place.note);
  put("stale", place.stale ? "1" : null);
  put("sort", place.sort === SORTS[0] ? null : place.sort);
  put("after", place.after?.join("~") ?? null);
  return query.size ? `?${query}` : "";
};

/** The address of the whole list, for another page. @param {Place} place */
export const wholeList = (place) => write({ ...place, after: null }, "").slice(1);

/** The filter as the server takes it. @param {Filter} filter */
export const body = (filter) => {
  const range = (/** @type {Bounds} */ typed) => typed.map((bound) => (bound === "" ? null : Number(bound)));
  const { text, states, note, stale, round } = filter;
  return {
    ...each(NAMES, (name) => filter[name]),
    ...{ text, states, note, stale },
    round: round === null ? null : Number(round),
    similarity: range(filter.similarity),
    edit_size: range(filter.edit),
  };
};

/**
 * The filter in words, part by part. @param {Filter} filter
 * @param {[string, string][]} names What the states are called; without, they go by their own names.
 */
export const words = (filter, names) =>
  [
    ...stateWords(filter, names),
    ...OF_ITEMS.map((name) => filter[name] !== null && itemWords(name, filter[name])),
    filter.row_id !== null && t("row's id: {value}", { value: filter.row_id }),
    filter.metadata_key !== null && `${filter.metadata_key}: ${filter.metadata_value ?? t("any value")}`,
    between(filter.similarity, "", (value) => t("similarity {value}", { value })),
    between(filter.edit, isChinese() ? "%" : "\u00a0%", (value) => t("edit size {value}", { value })),
    filter.note !== null && (filter.note ? t("note: “{value}”", { value: filter.note }) : t("with a note")),
    filter.text && t("text: “{value}”", { value: filter.text }),
  ].filter((one) => typeof one === "string" && one !== "").map(String);

/** @param {Filter} filter @param {[string, string][]} names */
const stateWords = ({ states, stale }, names) => {
  const word = (/** @type {string} */ name) => names.find(([one]) => one === name)?.[1] ?? name;
  return [states.length > 0 && t("state: {value}", { value: states.map(word).join(", ") }), stale && t("stale")];
};

/** @param {Name} name @param {string} value */
const itemWords = (name, value) => {
  if (name === "category") return value === "" ? t("no matching rubric") : t("category: {value}", { value });
  if (name === "dataset") return t("data set: {value}", { value });
  if (name === "teacher") return t("teacher: {value}", { value });
  if (name === "annotator") return t("decided by: {value}", { value });
  if (name === "criterion") return t("criterion: {value}", { value });
  if (name === "curriculum") return t("curriculum {n}, its newest round", { n: value });
  return Number(value) ? t("drafted by round {n}", { n: value }) : t("drafted by the base model or imported");
};

/** @param {Bounds} typed @param {string} unit @param {(value: string) => string} say */
const between = (typed, unit, say) => {
  const [low, high] = typed.map((bound) => (bound === "" ? "" : `${bound}${unit}`));
  if (!low && !high) return null;
  return say(low && high ? `${low} – ${high}` : low ? t("from {n}", { n: low }) : t("up to {n}", { n: high }));
};

/**
 * The filter that Browse handed over in the address, as the server takes it, in words, and as Browse's address; null
 * where it did not. Without a state it lets all of them pass.
 * @param {[string, string][]} states The states of items, and what they are called.
 */
export const browsed = (states) => {
  const query = new URLSearchParams(location.search);
  if (query.get("export") !== "browse") return null;
  query.delete("export");
  const place = read(query);
  const asked = body(place);
  return {
    body: { ...asked, states: asked.states.length ? asked.states : states.map(([name]) => name) },
    words: words(place, states),
    address: `/browse?${query}`,
  };
};
