// @ts-check
// A moment as a person says it: how long ago, with the time itself on hover.
import { day, t, when } from "./shared.js";
import { h } from "./view.js";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a moment was; null where its date says more. @param {number} seconds */
export const ago = (seconds) => {
  if (seconds < MINUTE) return t("just now");
  if (seconds < HOUR) return t("{n} min ago", { n: Math.floor(seconds / MINUTE) });
  return seconds < DAY ? t("{n} h ago", { n: Math.floor(seconds / HOUR) }) : null;
};

/** @param {{iso: string}} props */
export const Ago = ({ iso }) =>
  h(
    "time",
    { datetime: iso, title: when(iso) },
    ago((Date.now() - new Date(iso).getTime()) / 1000) ?? day(iso),
  );
