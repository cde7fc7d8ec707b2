// What no rubric matches, on the rubrics page: the floor and how similarities lie around it, the list of what lies below,
// and how far the assignment agrees with who sorted the members.
"use strict";
studio.unmatched = (element, server) => {
  const { h, t, call, said } = studio;
  const page = h("div", { class: "page unmatched" });
  element.replaceChildren(page);
  let data = null;
  let list = { rows: [], next: null, first: [] };
  let before = [];
  let ticked = new Set();
  let notice = null;
  let drawn = "";

  const act = async (name, body) => {
    const answer = await call(server, name, body);
    notice = answer.error ? { text: said(answer.error) } : null;
    if (!answer.error) ticked = new Set();
    await load(true);
  };
  const load = async (again = false) => {
    if (!again && page.contains(document.activeElement) && document.activeElement.matches("input, select")) return;
    const [overview, rows] = await Promise.all([call(server, "overview"), call(server, "unmatched_rows", key(before.at(-1)))]);
    if (overview.error || rows.error) { notice = { text: said(overview.error ?? rows.error) }; if (!data) return page.replaceChildren(); }
    else { data = overview; list = rows; ticked = new Set([...ticked].filter((id) => list.first.includes(id) || list.rows.some((row) => row.id === id))); }
    const shown = JSON.stringify([data, list, notice?.text]);
    if (shown === drawn && !again) return;
    drawn = shown;
    render();
  };
  const key = (place) => (place ? { similarity: place[0], id: place[1] } : {});
  const turn = (place) => { before = place; return load(true); };

  const render = () => {
    if (!data.members) return page.replaceChildren();
    page.replaceChildren(h("div", { class: "cards two fits" }, floor(), agreement()), unmatched());
  };

  // -- the floor ------------------------------------------------------------------------------------------------------
  const floor = () => {
    const told = h("p", { class: "small soft", role: "status" });
    const plot = h("div", {});
    const slider = h("input", { type: "range", min: data.low, max: data.high, step: "any", value: data.floor, "aria-label": t("the floor"), class: "for-owners", oninput: () => show(Number(slider.value)) });
    const below = (value) => {
      const width = (data.high - data.low) / data.counts.length;
      return data.counts.reduce((sum, count, bin) => sum + count * Math.min(1, Math.max(0, (value - data.low - bin * width) / width)), 0);
    };
    const show = (value) => {
      const total = data.counts.reduce((sum, count) => sum + count, 0);
      const words = { floor: value.toFixed(3), n: studio.number(Math.round(below(value))), all: studio.number(total) };
      told.textContent = data.counts_members ? t("At {floor} about {n} of {all} members would lie below; members keep the category they were sorted into.", words) : t("At {floor} about {n} of {all} instructions that nobody sorted lie below: no rubric matches them.", words);
      plot.replaceChildren(histogram(value));
    };
    show(data.floor);
    return h("section", { class: "card" }, h("h2", {}, t("The floor"), h("small", {}, data.by_hand ? [t("set by {name}", { name: data.by_hand.author }), " · ", studio.when(data.by_hand.at)] : t("from the data: the lowest 1 % of members without their own vote"))),
      h("div", { class: "body" }, plot, slider, told),
      h("div", { class: "setup for-owners", style: "border-bottom:0" },
        h("button", { class: "act small", onclick: () => act("set_floor", { floor: Number(slider.value) }) }, t("Use this floor")),
        data.by_hand && h("button", { class: "act small", onclick: () => act("set_floor", { floor: null }) }, t("From the data again ({floor})", { floor: data.floor_from_data.toFixed(3) }))));
  };
  const histogram = (value) => {
    const W = 560, H = 130, B = 20, most = Math.max(...data.counts, 1), width = W / data.counts.length;
    const x = (similarity) => ((similarity - data.low) / (data.high - data.low || 1)) * W;
    return h("svg", { class: "plot", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": t("Best similarities of all instructions, with the floor at {floor}", { floor: value.toFixed(3) }) },
      data.counts.map((count, bin) => h("rect", { class: data.low + ((bin + 0.5) * (data.high - data.low)) / data.counts.length < value ? "bar under" : "bar", x: bin * width, width: Math.max(1, width - 1), y: (H - B) * (1 - count / most), height: ((H - B) * count) / most })),
      h("line", { class: "at", x1: x(value), x2: x(value), y1: 0, y2: H - B }),
      h("text", { x: 0, y: H - 5 }, data.low.toFixed(2)), h("text", { x: W, y: H - 5, "text-anchor": "end" }, data.high.toFixed(2)));
  };

  // -- agreement ------------------------------------------------------------------------------------------------------
  const agreement = () => {
    const { all, categories } = data.agreement;
    const share = (row) => [studio.percent(row.share), " ", h("small", {}, `${studio.percent(row.low)}–${studio.percent(row.high)}`)];
    return h("section", { class: "card" }, h("h2", {}, t("Agreement with who sorted the members"), h("small", {}, t("each member assigned without its own vote"))),
      all && h("div", { class: "figures" }, h("div", {}, h("span", {}, t("same category")), h("strong", {}, share(all))), h("div", {}, h("span", {}, t("same or runner-up")), h("strong", {}, share({ share: (all.first + all.second) / all.n, low: all.either_low, high: all.either_high }))), h("div", {}, h("span", {}, t("members")), h("strong", {}, studio.number(all.n)))),
      data.by_people > 0 && h("p", { class: "body small soft" }, data.by_people === 1 ? t("1 member that a person sorted is left out here.") : t("{n} members that a person sorted are left out here.", { n: studio.number(data.by_people) })),
      studio.scroll(t("Agreement by category"), h("table", { class: "plain long" }, h("thead", {}, h("tr", {}, [t("category"), t("members"), t("same category"), t("most often taken for")].map((text, at) => h("th", { scope: "col", class: at === 3 ? "left" : null }, text)))),
        h("tbody", {}, [...categories].sort((a, b) => a.share - b.share).map((row) => h("tr", {}, h("th", { scope: "row", dir: "auto" }, row.category), h("td", {}, studio.number(row.n)), h("td", {}, share(row)), h("td", { class: "left", dir: "auto" }, row.mistaken_for ?? "–")))))));
  };

  // -- what matches none ------------------------------------------------------------------------------------------------
  const unmatched = () => {
    const category = h("select", { "aria-label": t("category") }, data.categories.map((name) => h("option", { value: name, dir: "auto" }, name)));
    const count = h("span", { class: "num", role: "status" });
    const button = h("button", { class: "act", onclick: () => pick(category.value) }, t("Sort into this category"));
    const ask = h("button", { class: "act", onclick: () => act("ask_teacher", { instructions: [...ticked] }) }, t("Ask the teacher for a category"));
    const all = h("button", { class: "act small for-owners", onclick: () => { ticked = new Set(ticked.size === list.first.length ? [] : list.first); render(); } }, ticked.size && ticked.size === list.first.length ? t("Tick none") : list.first.length < data.unmatched ? t("Tick the first {n}", { n: list.first.length }) : t("Tick all {n}", { n: list.first.length }));
    const update = () => { count.textContent = ticked.size === 1 ? t("1 ticked") : t("{n} ticked", { n: ticked.size }); button.disabled = !ticked.size; ask.disabled = !ticked.size || !data.has_model || data.asked?.state === "running"; };
    const tick = (row) => h("input", { type: "checkbox", class: "for-owners", checked: ticked.has(row.id), "aria-label": t("instruction {n}", { n: row.id }), onchange: (e) => { if (e.target.checked) ticked.add(row.id); else ticked.delete(row.id); update(); } });
    update();
    return h("section", { class: "card", style: "margin-top:14px" }, h("h2", {}, t("No matching rubric"), h("span", { class: "chip num" }, studio.number(data.unmatched)), h("small", {}, t("the least similar first"))),
      data.asked && data.asked.state !== "running" && h("div", { class: "body small", role: "status", style: "padding-bottom:0" }, said(data.asked.message)),
      notice && h("div", { class: "body small", role: "status", style: "padding-bottom:0" }, notice.text),
      picks(),
      list.rows.length ? h("ul", { class: "unmatched-list" }, list.rows.map((row) => h("li", {}, h("label", {}, tick(row), h("span", { dir: "auto" }, row.instruction, row.input && h("small", { class: "soft", dir: "auto" }, row.input))), studio.turns(row.turns), h("span", { class: "soft small" }, t("nearest: {name} {similarity}", { name: row.nearest ?? "–", similarity: row.similarity.toFixed(3) }), row.runner_up ? ` · ${t("then {name} {similarity}", { name: row.runner_up, similarity: row.runner_up_similarity.toFixed(3) })}` : ""))))
        : h("p", { class: "body small soft" }, t("Every instruction has a rubric.")),
      list.rows.length > 0 && h("div", { class: "setup", style: "border-bottom:0" }, all, h("span", { class: "for-owners small soft" }, count), h("label", { class: "for-owners" }, t("category"), category), h("span", { class: "for-owners" }, button), h("span", { class: "for-owners", title: data.has_model ? null : t("The reference teacher cannot name categories; start the app with a model as teacher.") }, ask), h("span", { class: "grow" }),
        h("button", { class: "act small", disabled: !before.length, onclick: () => turn(before.slice(0, -1)) }, t("Previous")), h("button", { class: "act small", disabled: !list.next, onclick: () => turn([...before, list.next]) }, t("Next"))));
  };
  const pick = (category) => act("pick", { instructions: [...ticked], category });
  /** What this person sorted last, to be taken back in another session too. */
  const picks = () => data.picks.length > 0 && h("ul", { class: "unmatched-list for-owners", "aria-label": t("Sorted by you") }, data.picks.map((one) => h("li", { class: "small" },
    one.instructions.length === 1 ? t("You sorted 1 instruction into {category}", { category: one.category }) : t("You sorted {n} instructions into {category}", { n: studio.number(one.instructions.length), category: one.category }), " · ", studio.when(one.at), " ",
    h("button", { class: "act small", onclick: () => act("take_back", { instructions: one.instructions }) }, t("Undo")))));

  load();
  window.addEventListener("studio-status", () => load());
};
