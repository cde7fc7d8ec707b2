// @ts-check
// The small links that the pages about one matter share.
import { t } from "./shared.js";
import { h } from "./view.js";

/** @param {{label: string, pages: [string, string][], active: string}} props */
const Nav = ({ label, pages, active }) =>
  h(
    "nav",
    { class: "subnav", "aria-label": label },
    pages.map(([path, name]) =>
      h("a", { key: path, href: path, "aria-current": path === active ? "page" : null }, name)
    ),
  );

/** @param {{active: string}} props */
export const EvaluateNav = ({ active }) =>
  h(Nav, {
    label: t("About evaluation"),
    active,
    pages: [["/evaluate", t("Figures")], ["/comparisons", t("Comparisons")], ["/arena", t("Arena")]],
  });

/** @param {{active: string}} props */
export const RoundsNav = ({ active }) =>
  h(Nav, {
    label: t("About rounds"),
    active,
    pages: [
      ["/rounds", t("Single rounds")],
      ["/curriculum", t("Curriculum")],
      ["/race", t("Race")],
      ["/adapters", t("Adapters")],
    ],
  });
