// The losses of a round by step. Where what it minimises is not what is measured on held-out answers, each has an axis of
// its own: one scale for both would compare what does not compare.
"use strict";
studio.roundChart = () => {
  const { h, t } = studio;
  const W = 900, L = 60, R = 108, T = 18, B = 30;
  /** An exponential mean: batches of like length alternate between easy and hard rows. */
  const smoothed = (points) => { let mean = points[0]?.[1]; return points.map(([s, v]) => [s, (mean = 0.75 * mean + 0.25 * v)]); };
  const plot = (steps, train, valid, title, H) => {
    const all = [...train, ...valid].map((p) => p[1]);
    const low = Math.min(...all), high = Math.max(...all), pad = (high - low || 0.2) * 0.12;
    const x = (s) => L + (s / steps) * (W - L - R);
    const y = (v) => T + (1 - (v - low + pad) / (high - low + 2 * pad)) * (H - T - B);
    const line = (points, name) => h("polyline", { class: name, points: points.map(([s, v]) => `${x(s).toFixed(1)},${y(v).toFixed(1)}`).join(" ") });
    const dots = (points, name) => points.map(([s, v]) => h("circle", { class: name, cx: x(s), cy: y(v), r: 3.2 }));
    const ticks = high > low ? [0, 1, 2, 3].map((i) => low + ((high - low) * i) / 3) : [low];
    const digits = high - low > 0 && high - low < 0.03 ? 4 : 2;
    const end = valid.at(-1), tail = smoothed(train).at(-1);
    return studio.scroll(title, h("svg", { class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": title },
      ticks.map((v) => [h("line", { class: "grid", x1: L, x2: W - R, y1: y(v), y2: y(v) }), h("text", { x: L - 8, y: y(v) + 4, "text-anchor": "end" }, v.toFixed(digits))]),
      h("text", { x: L, y: H - 8 }, t("step {n}", { n: 0 })), h("text", { x: W - R, y: H - 8, "text-anchor": "end" }, t("step {n}", { n: steps })),
      line(train, "train raw"), line(smoothed(train), "train"), train.length === 1 && dots(train, "train"), line(valid, "valid"), dots(valid, "valid"),
      end && h("text", { x: x(end[0]) + 8, y: y(end[1]) + 4 }, t("{loss} held out", { loss: end[1].toFixed(digits) })),
      tail && (!end || Math.abs(y(tail[1]) - y(end[1])) > 14) && h("text", { x: x(tail[0]) + 8, y: y(tail[1]) + 4 }, t("{loss} train", { loss: tail[1].toFixed(digits) }))));
  };
  /** `isApart`: whether the loss that it minimises is another quantity than the held-out one. */
  const chart = ({ train_losses: train, validation_losses: valid, steps }, isApart) => {
    const last = Math.max(steps ?? 1, ...train.map((p) => p[0]), 1);
    const heldOut = valid.length ? t("Loss by step: held-out {loss}", { loss: valid.at(-1)[1].toFixed(3) }) : t("Loss by step");
    if (!isApart || !train.length || !valid.length) return h("div", { class: "body" }, plot(last, train, valid, heldOut, 250));
    return h("div", { class: "body" },
      h("h3", { class: "small soft" }, t("Held-out loss per token")), plot(last, [], valid, heldOut, 190),
      h("h3", { class: "small soft" }, t("Train loss: what this kind minimises, another quantity than the loss per token")), plot(last, train, [], t("Train loss by step"), 190));
  };
  return { chart };
};
