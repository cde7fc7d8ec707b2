// The small links that the pages about rounds share.
"use strict";
studio.roundPages = () => {
  const { t } = studio;
  return [["/rounds", t("Single rounds")], ["/curriculum", t("Curriculum")], ["/race", t("Race")], ["/adapters", t("Adapters")]];
};
studio.subnav = (active) => {
  const { h, t } = studio;
  return h("nav", { class: "subnav", "aria-label": t("About rounds") }, studio.roundPages().map(([path, name]) => h("a", { href: path, "aria-current": path === active ? "page" : null }, name)));
};
