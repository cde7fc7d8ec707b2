// @ts-check
// A sheet over the page, which takes the keys until it is closed.
import { h, useLayoutEffect, useRef } from "./view.js";

/**
 * @param {{title: string, label?: string, onClose: () => void, children?: import("./view.js").Child}} props
 */
export const Sheet = ({ title, onClose, children }) => {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    dialog.current?.showModal();
    const first = /** @type {HTMLElement | null | undefined} */ (dialog.current?.querySelector("input, button"));
    first?.focus();
  }, []);
  return h(
    "dialog",
    { class: "sheet", "aria-label": title, ref: dialog, onclose: onClose },
    h("h2", {}, title),
    children,
  );
};
