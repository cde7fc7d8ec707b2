// @ts-check
// What the desk says where nothing lies on it.
import { Button } from "../lib/parts.js";
import { number, t } from "../lib/shared.js";
import { h } from "../lib/view.js";

const MORE = 16;

/**
 * @param {{desk: import("./review_desk.js").Desk, onQueue: () => void,
 *   onMore: (items: number) => void}} props `onQueue`: back to the usual order; `onMore`: that many are drafted.
 */
export const Empty = ({ desk, onQueue, onMore }) => {
  const { isLoaded, order, counts } = desk.queue;
  if (!isLoaded) return h("div", { class: "nothing" }, t("Opening the queue …"));
  if (order === "disputed") {
    return h(
      "div",
      { class: "nothing card" },
      h("h2", {}, t("No disagreements")),
      h("p", {}, t("Items on which people disagree appear here until somebody settles them.")),
      h(Button, { main: true, onClick: onQueue }, t("Back to the queue")),
    );
  }
  return h(
    "div",
    { class: "nothing card" },
    h("h2", {}, t("Nothing waits for you")),
    h("p", {}, next(counts)),
    h(
      "span",
      { class: "for-owners" },
      h(Button, { main: true, onClick: () => onMore(MORE) }, t("Draft and revise 16 more")),
      " ",
    ),
    counts.accepted
      ? h("a", { class: "act", href: "/rounds" }, t("Go to rounds"))
      : h("a", { class: "act for-owners", href: "/data" }, t("Import data")),
  );
};

/** @param {import("./review_queue.js").Counts} counts */
const next = ({ waiting, accepted }) => {
  if (waiting) return t("{n} items wait for other people, or lie on their desks.", { n: number(waiting) });
  if (accepted) {
    return t("{n} revisions are accepted. Train a round on them, or let the student draft more.", {
      n: number(accepted),
    });
  }
  return t("Let the student draft answers and the teacher revise them; they appear here as they finish.");
};
