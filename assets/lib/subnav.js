// @ts-check
// The small links that the pages about evaluation share.
import { t } from "./shared.js";
import { h } from "./view.js";

/** @param {{active: string}} props */
export const EvaluateNav = ({ active }) =>
  h(
    "nav",
    { class: "subnav", "aria-label": t("About evaluation") },
    [["/evaluate", t("Figures")], ["/comparisons", t("Comparisons")], ["/arena", t("Arena")]].map(([path, name]) =>
      h("a", { key: path, href: path, "aria-current": path === active ? "page" : null }, name)
    ),
  );
