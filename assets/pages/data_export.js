// @ts-check
// What to export, and how; before anything is written the page says what the file would hold.
import { browsed } from "../lib/browse_address.js";
import { Button, Card, Check, Notice, Select } from "../lib/parts.js";
import { isChinese, said, t } from "../lib/shared.js";
import { h, useAsked, useEffect, useRef, useState } from "../lib/view.js";

/** @typedef {{datasets: string[], rounds: number[]}} Choices */
/** @typedef {{told?: string, file?: string, card?: string, error?: string}} Made */
/** @typedef {{what: string, dataset: string, round: string, states: string[], shape: string, ending: string,
 *   excel: boolean}} Chosen */

const PAUSE = 300;
const CSV = ".csv";

/** States of items, in the order of Browse. @returns {[string, string][]} */
const states = () => [
  ["accepted", t("accepted")],
  ["rejected", t("rejected")],
  ["waiting", t("waiting")],
  ["disputed", t("disputed")],
  ["drafted", t("no revision yet")],
  ["held_out", t("held out")],
];

/** @returns {[string, string][]} */
const shapes = () => [
  ["full", t("everything")],
  ["messages", t("messages")],
  ["prompt-completion", t("prompt and completion")],
  ["preference", t("preference: revision over draft")],
  ["alpaca", "Alpaca"],
];

/** @returns {[string, string][]} */
const endings = () => [
  [".jsonl", "JSONL"],
  [".parquet", "Parquet"],
  [CSV, "CSV"],
  [".zip", t("for the Hub: Parquet and a card")],
];

/**
 * What is asked of the server. Only the shape `full` says what state a row is in; of a round all is exported.
 * @param {Chosen} chosen
 * @param {ReturnType<typeof browsed>} filter
 */
const asked = ({ what, dataset, round, states, shape, ending, excel }, filter) => ({
  ...(what === "browse" ? filter?.body : {}),
  ...(what === "round" ? { learned_by: Number(round) } : {}),
  ...(what === "dataset" ? { dataset } : {}),
  ...(hasStates(what, shape) ? { states } : {}),
  shape,
  ending,
  for_excel: ending === CSV && excel,
});

/** @param {string} what @param {string} shape */
const hasStates = (what, shape) => shape === "full" && what !== "round" && what !== "browse";

/** @param {{ask: import("../lib/view.js").Ask}} props */
export default ({ ask }) => {
  const choices = /** @type {{answer: Choices | null}} */ (useAsked(ask, "export_choices", {}));
  return choices.answer && h(Form, { ask, ...choices.answer });
};

/** @param {{ask: import("../lib/view.js").Ask} & Choices} props */
const Form = ({ ask, datasets, rounds }) => {
  const [filter] = useState(browsed(states()));
  const [chosen, setChosen] = useState({
    what: filter ? "browse" : "all",
    dataset: datasets[0] ?? "",
    round: String(rounds[0] ?? ""),
    states: ["accepted"],
    shape: "full",
    ending: ".jsonl",
    excel: isChinese(),
  });
  const [made, setMade] = useState(/** @type {Made | null} */ (null));
  const [busy, setBusy] = useState(false);
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (filter) place.current?.scrollIntoView({ block: "nearest" }); // on a phone it is far below
  }, []);
  const set = (/** @type {Partial<Chosen>} */ change) => {
    setMade(null);
    setChosen({ ...chosen, ...change });
  };
  const body = asked(chosen, filter);
  const nothing = hasStates(chosen.what, chosen.shape) && !chosen.states.length;
  const count = /** @type {{answer: Made | null, error: string | null}} */ (
    useAsked(ask, "count_export", nothing ? null : body, PAUSE)
  );
  const make = async () => {
    setBusy(true);
    setMade(await ask("export", body));
    setBusy(false);
  };
  return h(
    "div",
    { ref: place },
    h(
      Card,
      {
        class: "exporting",
        title: t("Export"),
        about: t("with who decided, rubric version, data set, id and metadata"),
      },
      h(What, { chosen, set, datasets, rounds, filter }),
      h(How, { chosen, set }),
      h(
        "div",
        { class: "takes", "aria-live": "polite" },
        h("span", { class: "estimate" }, nothing ? t("Tick a state.") : said((made ?? count.answer)?.told)),
        h(
          Button,
          { main: true, disabled: busy || nothing, onClick: make },
          busy ? t("Exporting …") : t("Make the file"),
        ),
        h(Notice, {}, said(made?.error ?? count.error)),
        made?.file &&
          h("p", { class: "made" }, h(File, { path: made.file }), " · ", h(File, { path: made.card ?? "" })),
      ),
    ),
  );
};

/** A file to download. @param {{path: string}} props */
const File = ({ path }) =>
  h("a", { href: `/gradio_api/file=${encodeURI(path)}`, download: "" }, path.split(/[\\/]/).pop());

/**
 * Which items.
 * @param {{chosen: Chosen, set: (change: Partial<Chosen>) => void, filter: ReturnType<typeof browsed>} & Choices} props
 */
const What = ({ chosen, set, datasets, rounds, filter }) =>
  h(
    "div",
    { class: "setup last" },
    h(Select, {
      label: t("what"),
      value: chosen.what,
      onChange: (what) => set({ what }),
      options: /** @type {[string, string][]} */ ([
        ["all", t("items of all data sets")],
        datasets.length > 0 && ["dataset", t("one data set")],
        rounds.length > 0 && ["round", t("what a round learned")],
        filter && ["browse", t("what Browse shows")],
      ].filter(Boolean)),
    }),
    chosen.what === "dataset" && h(Select, {
      label: t("Data set"),
      value: chosen.dataset,
      onChange: (dataset) => set({ dataset }),
      options: datasets.map((one) => [one, one]),
    }),
    chosen.what === "round" && h(Select, {
      label: t("round"),
      value: chosen.round,
      onChange: (round) => set({ round }),
      options: rounds.map((one) => [String(one), t("round {n}", { n: one })]),
    }),
    chosen.what === "browse" && filter && h(
      "p",
      { class: "soft small browsed" },
      filter.words.join(" · ") || t("no filter"),
      " · ",
      h("a", { href: filter.address }, t("Change the filter")),
    ),
    hasStates(chosen.what, chosen.shape) && h(
      "fieldset",
      { class: "choices" },
      h("legend", {}, t("State")),
      states().map(([name, text]) =>
        h(Check, {
          key: name,
          checked: chosen.states.includes(name),
          onChange: (on) =>
            set({ states: on ? [...chosen.states, name] : chosen.states.filter((one) => one !== name) }),
        }, text)
      ),
    ),
  );

/** Columns and format. @param {{chosen: Chosen, set: (change: Partial<Chosen>) => void}} props */
const How = ({ chosen, set }) =>
  h(
    "div",
    { class: "setup last" },
    h(Select, {
      label: t("Columns"),
      value: chosen.shape,
      options: shapes(),
      onChange: (shape) => set({ shape }),
    }),
    h(Select, {
      label: t("Format"),
      value: chosen.ending,
      options: endings(),
      onChange: (ending) => set({ ending }),
    }),
    chosen.ending === CSV &&
      h(Check, { checked: chosen.excel, onChange: (excel) => set({ excel }) }, t("for Excel")),
  );
