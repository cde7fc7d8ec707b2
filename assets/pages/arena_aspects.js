// @ts-check
// What a vote may say besides: which answer is more articulate, in-depth, comprehensive (the paper's three aspects).
import { t } from "../lib/shared.js";
import { h } from "../lib/view.js";

/** @typedef {"articulate" | "in_depth" | "comprehensive"} Aspect */
/** @typedef {{armed: Aspect | null, said: Partial<Record<Aspect, string>>}} State `armed` is what the next arrow key is of. */

/** @type {Aspect[]} */
const ASPECTS = ["articulate", "in_depth", "comprehensive"];

/** The aspect of a digit key. @param {string} key @returns {Aspect | undefined} */
export const named = (key) => /^[123]$/.test(key) ? ASPECTS[Number(key) - 1] : undefined;

export const AspectState = {
  /** @type {State} */
  none: { armed: null, said: {} },
  /**
   * The next arrow key is about this aspect; asked again, or with null, about the whole.
   * @param {State} state
   * @param {Aspect | null} aspect
   */
  armed: (state, aspect) => ({ ...state, armed: state.armed === aspect ? null : aspect }),
  /**
   * This side for the aspect; the same side again takes it back.
   * @param {State} state
   * @param {Aspect} aspect
   * @param {string} side
   */
  chosen: (state, aspect, side) => {
    const { [aspect]: before, ...others } = state.said;
    return { armed: null, said: before === side ? others : { ...others, [aspect]: side } };
  },
};

const name = (/** @type {Aspect} */ aspect) =>
  ({ articulate: t("Articulate"), in_depth: t("In-depth"), comprehensive: t("Comprehensive") })[aspect];

/** @param {{state: State, onChange: (state: State) => void}} props */
export const Aspects = ({ state, onChange }) =>
  h(
    "div",
    { class: "arena-aspects" },
    ASPECTS.map((aspect, i) =>
      h(
        "div",
        { key: aspect, role: "group", "aria-label": name(aspect), class: state.armed === aspect ? "armed" : "" },
        h("span", {}, h("kbd", { "aria-hidden": "true" }, i + 1), name(aspect)),
        h(
          "span",
          { class: "segments" },
          [["left", t("Left")], ["tie", t("Tie")], ["right", t("Right")]].map(([side, label]) =>
            h("button", {
              type: "button",
              key: side,
              "aria-pressed": String(state.said[aspect] === side),
              onclick: () => onChange(AspectState.chosen(state, aspect, side)),
            }, label)
          ),
        ),
      )
    ),
    h(
      "p",
      { class: "soft small" },
      state.armed
        ? t("Now press ←, ↓ or → for this aspect; Esc leaves it out.")
        : t("Optional: press 1, 2 or 3, then ←, ↓ or →. Then vote on the whole."),
    ),
  );
