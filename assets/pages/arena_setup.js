// @ts-check
// Before a session: what to vote on, earlier sessions, and how far those who voted agree.
import { Button, Card, Check, Foreign, NumberField, Scroll, Select } from "../lib/parts.js";
import { measuredOn, number, said, t, when } from "../lib/shared.js";
import { h, useState, useTyped } from "../lib/view.js";

/** @typedef {{key: string, name: string, drafts: number, self_revisions: number}} ModelChoice */
/** @typedef {{one: string, other: string, n: number, kappa: number | null, low: number | null, high: number | null}} Row */
/** @typedef {{models: ModelChoice[], test_sets: string[], sessions: import("./arena_voting.js").Session[],
 *   voters: Record<string, number>, agreement: Row[]}} SetupView */

/** @param {{setup: SetupView, onStart: (asked: object) => void, onShow: (session: string) => void,
 *   onOwn: () => void}} props */
export const Setup = ({ setup, onStart, onShow, onOwn }) => {
  const enough = setup.models.length > 1;
  return h(
    "div",
    { class: "stack" },
    enough ? h(Form, { setup, onStart }) : h(Empty, {}),
    h("p", {}, h(Button, { small: true, onClick: onOwn }, t("Compare two models on a prompt of your own"))),
    setup.sessions.length ? h(Sessions, { sessions: setup.sessions, onShow }) : null,
    Object.keys(setup.voters).length ? h(People, { setup }) : null,
  );
};

const Empty = () =>
  h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("Nothing to vote on yet")),
    h("p", {}, t("The arena shows two models' answers to the same instruction, without their names.")),
    h("p", {}, t("Evaluate two models on the same rows, then come back.")),
    h("a", { class: "act main", href: "/evaluate" }, t("Evaluate")),
  );

/** @param {{setup: SetupView, onStart: (asked: object) => void}} props */
const Form = ({ setup, onStart }) => {
  const [left, setLeft] = useState(/** @type {string[]} */ ([]));
  const pairs = useTyped("20");
  const [answer, setAnswer] = useState("draft");
  const [testSet, setTestSet] = useState("");
  const [reveal, setReveal] = useState("end");
  const models = setup.models.map((one) => one.key).filter((key) => !left.includes(key));
  const toggle = (/** @type {string} */ key) =>
    setLeft(left.includes(key) ? left.filter((one) => one !== key) : [...left, key]);
  const counted = (/** @type {ModelChoice} */ one) =>
    t("{n} answers", { n: number(answer === "draft" ? one.drafts : one.self_revisions) });
  return h(
    Card,
    { title: t("Blind arena"), about: t("two answers to one instruction, without names: which is better?") },
    h(
      "div",
      { class: "setup" },
      setup.models.map((one) =>
        h(
          Check,
          { key: one.key, checked: !left.includes(one.key), onChange: () => toggle(one.key) },
          h(Foreign, { text: said(one.name) ?? one.name }),
          h("span", { class: "soft small" }, counted(one)),
        )
      ),
    ),
    h(
      "div",
      { class: "setup last" },
      h(Select, {
        label: t("answers to compare"),
        value: answer,
        onChange: setAnswer,
        options: [["draft", t("drafts")], ["self-revision", t("self-revisions")]],
      }),
      setup.test_sets.length
        ? h(Select, {
          label: t("on"),
          value: testSet,
          onChange: setTestSet,
          options: [
            ["", t("any test set")],
            ...setup.test_sets.map((name) => /** @type {[string, string]} */ ([name, measuredOn(name)])),
          ],
        })
        : null,
      h(NumberField, { label: t("pairs"), most: 200, ...pairs.field }),
      h(Select, {
        label: t("show the names"),
        value: reveal,
        onChange: setReveal,
        options: [["end", t("at the end")], ["each", t("after each vote")]],
      }),
      h(
        Button,
        {
          main: true,
          onClick: () =>
            onStart({ models: left.length ? models : [], pairs: pairs.number, answer, test_set: testSet, reveal }),
        },
        t("Start voting"),
      ),
    ),
  );
};

/** @param {{sessions: import("./arena_voting.js").Session[], onShow: (session: string) => void}} props */
const Sessions = ({ sessions, onShow }) =>
  h(
    Card,
    { title: t("Your earlier sessions") },
    h(
      "ul",
      { class: "unmatched-list" },
      sessions.map((one) =>
        h(
          "li",
          { key: one.session },
          h("time", { datetime: one.started }, when(one.started)),
          h("span", { class: "soft grow" }, t("{n} of {all} pairs voted on", { n: one.voted, all: one.pairs })),
          h(Button, { small: true, onClick: () => onShow(one.session) }, t("Show the names")),
        )
      ),
    ),
  );

/** @param {{setup: SetupView}} props */
const People = ({ setup }) =>
  h(
    Card,
    { title: t("Who has voted"), about: t("κ is agreement beyond chance: 1 is full agreement, 0 is chance") },
    h(
      "ul",
      { class: "legend voters" },
      Object.entries(setup.voters).map(([name, n]) =>
        h("li", { key: name }, h(Foreign, { text: name }), " ", h("b", {}, t("{n} votes", { n: number(n) })))
      ),
    ),
    setup.agreement.length ? h(Agreement, { rows: setup.agreement }) : null,
  );

/** @param {{rows: Row[]}} props */
const Agreement = ({ rows }) =>
  h(
    Scroll,
    { label: t("Agreement") },
    h(
      "table",
      { class: "plain" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          [t("between"), t("pairs in common"), "κ", t("95 % interval")].map((name) =>
            h("th", { scope: "col", key: name }, name)
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            { key: `${row.one} ${row.other}` },
            h("th", { scope: "row" }, h(Foreign, { text: t("{one} and {other}", { one: row.one, other: row.other }) })),
            h("td", {}, number(row.n)),
            h("td", {}, row.kappa === null ? "–" : row.kappa.toFixed(2)),
            h("td", {}, row.low === null || row.high === null ? "–" : `${row.low.toFixed(2)}–${row.high.toFixed(2)}`),
          )
        ),
      ),
    ),
  );
