// @ts-check
// What the stages of a curriculum or of a run of a race are called.
import { t } from "../lib/shared.js";

/** @param {string} stage @returns {string} */
export const stageName = (stage) =>
  ({
    sample: t("sample"),
    candidates: t("candidates"),
    draft: t("draft"),
    revise: t("revise"),
    decide: t("decide"),
    train: t("train"),
    evaluate: t("evaluate"),
  })[stage] ?? stage;
