// @ts-check
// A sheet over the page, which takes the keys until it is closed. What is `autofocus` in it has the focus, else the first.
import { h, useLayoutEffect, useRef } from "./view.js";

/**
 * @param {{title: string, onClose: () => void, children?: import("./view.js").Child}} props
 */
export const Sheet = ({ title, onClose, children }) => {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return h(
    "dialog",
    { class: "sheet", "aria-label": title, ref: dialog, onclose: onClose },
    h("h2", {}, title),
    children,
  );
};
