// @ts-check
// What Browse calls things: the states of items with their signs, the orders, and what can be filtered by.
import { said, t } from "../lib/shared.js";

/** @typedef {import("../lib/browse_address.js").Name} Name */
/** @typedef {import("../lib/browse_address.js").Range} Range */

/** Each state with its sign and its word. @returns {[string, string, string][]} */
export const states = () => [
  ["waiting", "○", t("waiting")],
  ["disputed", "≠", t("disputed")],
  ["accepted", "✓", t("accepted")],
  ["rejected", "✕", t("rejected")],
  ["drafted", "…", t("no revision yet")],
  ["held_out", "–", t("held out")],
];

/** The states and their words. @returns {[string, string][]} */
export const stateNames = () => states().map(([name, , word]) => [name, word]);

/** @returns {[string, string][]} */
export const sorts = () => [
  ["newest", t("newest first")],
  ["oldest", t("oldest first")],
  ["queue", t("order of the queue")],
  ["decided", t("decided last")],
  ["largest edit", t("largest edit first")],
  ["smallest edit", t("smallest edit first")],
  ["best rubric", t("nearest to its rubric")],
  ["worst rubric", t("farthest from its rubric")],
];

/** What is chosen from what the items hold. @returns {[Name, string][]} */
export const choices = () => [
  ["category", t("Category")],
  ["dataset", t("Data set")],
  ["round", t("Drafted by")],
  ["teacher", t("Teacher")],
  ["annotator", t("Decided by")],
  ["criterion", t("Criterion")],
  ["curriculum", t("Curriculum")],
];

/**
 * What is filtered by from and to: the least, the most and the step.
 * @returns {[Range, string, number, number, number][]}
 */
export const ranges = () => [
  ["similarity", t("Similarity to rubric"), -1, 1, 0.01],
  ["edit", t("Edit size in %"), 0, 100, 1],
];

/** One of the values of what is chosen from. @param {Name} name @param {string} value */
export const valueName = (name, value) => {
  if (name === "round") return Number(value) ? t("round {n}", { n: value }) : t("base model or import");
  return name === "teacher" ? said(value) : value;
};
