// The small links that the pages about rounds share.
"use strict";
studio.subnav = (active) => {
  const { h, t } = studio;
  const pages = [["/rounds", t("Single rounds")], ["/curriculum", t("Curriculum")], ["/adapters", t("Adapters")]];
  return h("nav", { class: "subnav", "aria-label": t("About rounds") }, pages.map(([path, name]) => h("a", { href: path, "aria-current": path === active ? "page" : null }, name)));
};
