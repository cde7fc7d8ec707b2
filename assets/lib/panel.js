// @ts-check
// How a panel of Gradio's is drawn: its module's default export is a component that gets `ask` and `given`.
import { asking } from "./shared.js";
import { h, render } from "./view.js";

/**
 * Called by every `Panel` (citing_app/ui/panel.py). Only the script that this page needs is loaded.
 * @param {HTMLElement} element
 * @param {import("./shared.js").Server} server
 * @param {string} script The module below assets/pages, without its ending.
 * @param {any} given What does not change while the app runs.
 */
export const open = async (element, server, script, given) => {
  const { default: Page } = await import(`../pages/${script}.js`);
  element.replaceChildren();
  render(h(Page, { ask: asking(server), given }), element);
};
