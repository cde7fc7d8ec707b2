// @ts-check
// What became of a question to a model where its reply was of no use.
import { t } from "../lib/shared.js";

/** @param {string} outcome @returns {string} */
export const replyName = (outcome) =>
  ({
    empty: t("empty"),
    refused: t("refused"),
    truncated: t("cut off"),
    filtered: t("filtered"),
    malformed: t("not usable"),
    failed: t("failed"),
    unknown: t("fate unknown"),
  })[outcome] ?? outcome;
