// @ts-check
// Rendered text for pages that mostly show it plain: what renders it is fetched when it is first wanted.
import { plain } from "./parts.js";
import { h, useEffect, useState } from "./view.js";

/** @typedef {typeof import("./rendered.js").Rendered} Renders */

/** Until what renders the text has been fetched, and where it cannot be, the text itself. @param {{text: string}} props */
export const RenderedLater = ({ text }) => {
  const [Found, setFound] = useState(/** @type {{Rendered: Renders} | null} */ (null));
  useEffect(() => {
    import("./rendered.js").then(setFound, console.warn);
  }, []);
  if (Found) return h(Found.Rendered, { text });
  return h("div", { class: "rendered", dir: "auto", lang: "" }, h("p", { class: "as-is" }, plain(text)));
};
