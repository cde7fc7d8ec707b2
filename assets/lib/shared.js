// @ts-check
// The one door to what all pages share today through the global `studio`: no other module touches a global of ours.

/**
 * @typedef {object} Shared
 * @property {(text: string, values?: Record<string, unknown>) => string} t
 * @property {(sentence: string | null | undefined) => string | null | undefined} said
 * @property {(name: string) => string} measuredOn
 * @property {() => [string, string][]} measuredParts
 * @property {(seconds: number | null | undefined) => string} seconds
 * @property {(n: number) => string} number
 * @property {(bytes: number) => string} bytes
 * @property {(role: string) => string} speaker
 * @property {(share: number) => string} percent
 * @property {string} locale
 * @property {string} language
 * @property {(share: number) => string} changed
 * @property {(event: KeyboardEvent) => boolean} isShortcut
 * @property {(event: KeyboardEvent) => string} keyOf
 * @property {(server: Server, name: string, body?: object) => Promise<any>} call
 */
/** @typedef {Record<string, (body: object) => Promise<unknown>>} Server What Gradio hands to a panel's script. */

/** @returns {Shared} */
const studio = () => /** @type {any} */ (globalThis).studio;

/**
 * A text of the page in the chosen language; {name} is replaced by values.name. Always called with the text itself.
 * @type {Shared["t"]}
 */
export const t = (text, values) => studio().t(text, values);

/**
 * A text with places for values that the server lists with its choices, such as what a kind of round counts.
 * @type {Shared["t"]}
 */
export const filled = (text, values) => studio().t(text, values);

/** What the server said, in the chosen language. @param {string | null | undefined} sentence */
export const said = (sentence) => studio().said(sentence);

/** A moment, given in ISO 8601, as day and time of the language. @param {string} iso */
export const when = (iso) => new Date(iso).toLocaleString(studio().locale, { dateStyle: "medium", timeStyle: "short" });

/** The day of a moment, given in ISO 8601. @param {string} iso */
export const day = (iso) => new Date(iso).toLocaleDateString(studio().locale);

/** The name of a test set as it is shown. @param {string} name */
export const measuredOn = (name) => studio().measuredOn(name);
/** The parts that can be measured on, as forms offer them: words with their texts. */
export const measuredParts = () => studio().measuredParts();

/** A time in words, "–" for none. @param {number | null | undefined} seconds */
export const duration = (seconds) => studio().seconds(seconds);

/** Who speaks in a turn of a conversation. @param {string} role */
export const speaker = (role) => studio().speaker(role);

/** A whole number with the language's separators. @param {number} n */
export const number = (n) => studio().number(n);

/** A size in words. @param {number} size */
export const bytes = (size) => studio().bytes(size);

/**
 * The share of a text that changed, in words; what changed at all is never 0 %.
 * @param {number} share
 * @returns {string}
 */
export const changed = (share) => studio().changed(share);

/** A share as a whole percentage, "–" for none. @param {number | null} share */
export const percent = (share) => share === null ? "–" : studio().percent(share);

/** @typedef {{waiting: number, accepted: number, rejected: number, drafted: number, disputed: number}} Counts */
/**
 * Without anything while the studio is away.
 * @typedef {{jobs?: {name: string, state: string}[], counts?: Counts, ended?: number}} Status
 */

/** Calls `listener` with each status of the studio; returns what ends that. @param {(status: Status) => void} listener */
export const onStatus = (listener) => {
  const look = (/** @type {any} */ event) => listener(event.detail);
  globalThis.addEventListener("studio-status", look);
  return () => globalThis.removeEventListener("studio-status", look);
};

/** Calls `listener` when a job of the studio has ended; returns what ends that. @param {() => void} listener */
export const onEnded = (listener) => {
  let before = /** @type {number | undefined} */ (undefined);
  return onStatus(({ ended }) => { // missing while the studio is away
    if (before !== undefined && ended !== undefined && ended !== before) listener();
    before = ended ?? before;
  });
};

/**
 * The key of a press that is meant as a shortcut: not while typing, not under an input method, not with a modifier;
 * null for any other. @param {KeyboardEvent} event
 */
export const shortcut = (event) => studio().isShortcut(event) ? studio().keyOf(event) : null;

/**
 * The letter of a press, or where the keyboard writes no Latin ones, that of its place.
 * @param {KeyboardEvent} event
 */
export const keyOf = (event) => studio().keyOf(event);

/**
 * What a page asks of the server by the name of its panel's method; the answer may be `{error: sentence}`.
 * @typedef {(name: string, body?: object) => Promise<any>} Ask
 * @param {Server} server
 * @returns {Ask}
 */
export const asking = (server) => (name, body = {}) => studio().call(server, `served_${name}`, body);

/**
 * Calls `handle` with each key that is meant as a shortcut (not while typing or under an input method, nor held down);
 * what it takes, saying true, is nobody else's. Returns what ends that.
 * @param {(key: string) => boolean} handle
 */
export const onShortcut = (handle) => {
  const { isShortcut, keyOf } = /** @type {any} */ (globalThis).studio;
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (isShortcut(event) && !event.repeat && handle(keyOf(event))) event.preventDefault();
  };
  globalThis.addEventListener("keydown", press);
  return () => globalThis.removeEventListener("keydown", press);
};

/**
 * Has the browser ask before the page is left while something is not saved; returns what ends that.
 * @param {() => boolean} isSaved
 */
export const stayUntil = (isSaved) => {
  const leave = (/** @type {BeforeUnloadEvent} */ event) => isSaved() || event.preventDefault();
  globalThis.addEventListener("beforeunload", leave);
  return () => globalThis.removeEventListener("beforeunload", leave);
};

/** Calls `listener` when the window has another size; returns what ends that. @param {() => void} listener */
export const onResize = (listener) => {
  globalThis.addEventListener("resize", listener);
  return () => globalThis.removeEventListener("resize", listener);
};

/** Calls `listener` when the window is looked at again; returns what ends that. @param {() => void} listener */
export const onReturn = (listener) => {
  globalThis.addEventListener("focus", listener);
  return () => globalThis.removeEventListener("focus", listener);
};

/**
 * Puts a text on the clipboard; whether it is there. Browsers have no `navigator.clipboard` on a page that came over
 * plain HTTP from another machine. @param {string} text
 */
export const copied = async (text) => {
  if (navigator.clipboard) return await navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  const isThere = document.execCommand("copy");
  field.remove();
  return isThere;
};
/** Calls `listener` when the studio's counts or jobs have changed; returns what ends that. @param {() => void} listener */
export const onCounts = (listener) => {
  let before = "";
  return onStatus(({ counts, jobs, ended }) => {
    const now = JSON.stringify([counts, jobs, ended]);
    if (now !== before) listener();
    before = now;
  });
};

/** Tells the other panels of the page that a person has changed the categories. */
export const changedCategories = () => globalThis.dispatchEvent(new Event("studio-categories"));

/** Calls `listener` when that was told; returns what ends that. @param {() => void} listener */
export const onCategories = (listener) => {
  globalThis.addEventListener("studio-categories", listener);
  return () => globalThis.removeEventListener("studio-categories", listener);
};

/** A new request id: a repeated call with the same one is one call. @returns {string} */
export const newId = () => /** @type {any} */ (globalThis).studio.id();

/** Hands a prompt over to the arena in a new tab, where two models are compared on it. @param {string} prompt */
export const compareOn = (prompt) => {
  localStorage.setItem("citing-own-prompt", prompt);
  globalThis.open("/arena?own", "_blank", "noopener");
};

/** The prompt that Chat handed over to be compared, once; null where it did not. @returns {string | null} */
export const ownPrompt = () => {
  if (globalThis.location.search !== "?own") return null;
  const prompt = localStorage.getItem("citing-own-prompt") ?? "";
  localStorage.removeItem("citing-own-prompt");
  history.replaceState(null, "", globalThis.location.pathname);
  return prompt;
};

/** The name of whoever is signed in; empty where the studio has no accounts. @returns {string} */
export const myName = () => document.querySelector(".me")?.getAttribute("data-name") ?? "";

/** Whether whoever is signed in decides, but does not own the studio. */
export const isAnnotator = () => document.documentElement.dataset.role === "annotator";

/** Whether the pages are in Chinese. */
export const isChinese = () => studio().language === "zh";

/**
 * Calls `listener` when the browser goes back or forward within this page; returns what ends that.
 * @param {() => void} listener
 */
export const onBack = (listener) => {
  globalThis.addEventListener("popstate", listener);
  return () => globalThis.removeEventListener("popstate", listener);
};
