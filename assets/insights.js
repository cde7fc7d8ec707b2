// The insights page: what the decisions teach, as bars whose figures stand beside them as text; how far people agree; and,
// for owners, how many people are asked.
"use strict";
studio.insights = (element, server) => {
  const { h, t, call } = studio;
  const GROUPS = { category: [t("category"), t("by category")], criterion: [t("criterion"), t("by criterion")], teacher: [t("teacher"), t("by teacher")], annotator: [t("annotator"), t("by annotator")] };
  const VERDICTS = [["accept", t("accepted as it is")], ["edit", t("edited")], ["reject", t("rejected")]];
  const page = h("div", { class: "page" });
  element.replaceChildren(page);
  const address = new URLSearchParams(location.search);
  let by = Object.hasOwn(GROUPS, address.get("by") ?? "") ? address.get("by") : "category";
  let figures = null;
  let people = null;
  let notice = null;
  let drawn = "";
  let counted = "";

  const ask = async (name, body, take) => {
    const answer = await call(server, name, body);
    if (answer.error) notice = { text: answer.error, bad: true };
    else if (take(answer) && notice?.bad) notice = null;
    render();
  };
  const loadFigures = () => { const asked = by; return ask("figures", { by: asked }, (answer) => asked === by && (figures = answer)); };
  const loadPeople = () => ask("people", {}, (answer) => (people = answer));
  const load = () => Promise.all([loadFigures(), loadPeople()]);
  const group = (value) => {
    by = value;
    const query = new URLSearchParams(location.search);
    query.set("by", value);
    history.replaceState(null, "", `${location.pathname}?${query}`);
    loadFigures();
  };

  // -- figures --------------------------------------------------------------------------------------------------
  const percent = (share) => (share === null || share === undefined ? "–" : studio.percent(share));
  const rate = ({ share, low, high }) => [percent(share), h("small", {}, ` (${Math.round(100 * low)}–${percent(high)})`)];
  const rates = (row) => h("span", {}, h("b", {}, rate(row.accept)), " · ", rate(row.edit), " · ", rate(row.reject));

  /** Three stretches told apart by their pattern too, and the interval of the first. */
  const stacked = (row) => {
    const ends = [0, row.accept.share, row.accept.share + row.edit.share, 1].map((end) => 300 * end);
    const line = (name, x1, x2, y = 9) => h("line", { class: name, x1, x2, y1: y, y2: y });
    const { low, high } = row.accept;
    return h("svg", { class: "bars", viewBox: "0 0 300 24", "aria-hidden": "true", preserveAspectRatio: "none" },
      VERDICTS.map(([verdict], n) => row[verdict].count > 0 && line(verdict, ends[n], ends[n + 1])),
      line("interval", 300 * low, 300 * high, 21));
  };
  const single = (value, most) =>
    h("svg", { class: "bars thin", viewBox: "0 0 100 8", "aria-hidden": "true", preserveAspectRatio: "none" },
      h("line", { class: "rest", x1: 0, x2: 100, y1: 4, y2: 4 }), value > 0 && h("line", { class: "size", x1: 0, x2: (100 * value) / (most || 1), y1: 4, y2: 4 }));

  const figuresCard = () => {
    const rows = figures.groups;
    const longest = Math.max(...rows.map((row) => row.seconds ?? 0));
    const name = (row) => row.name || (by === "category" ? t("no category") : "–");
    return h("section", { class: "card" },
      h("h2", {}, t("How revisions fare"), h("small", {}, t("{n} verdicts that stand", { n: studio.number(figures.all.n) })), h("span", { class: "grow" }),
        h("span", { class: "segments", role: "group", "aria-label": t("By") },
          Object.entries(GROUPS).map(([value, [, label]]) => h("button", { "aria-pressed": String(by === value), onclick: () => group(value) }, label)))),
      h("p", { class: "legend", "aria-hidden": "true" }, VERDICTS.map(([verdict, label]) => h("span", {}, h("svg", { class: "bars key", viewBox: "0 0 26 18" }, h("line", { class: verdict, x1: 0, x2: 26, y1: 9, y2: 9 })), label)),
        h("span", {}, h("svg", { class: "bars key", viewBox: "0 0 26 18" }, h("line", { class: "interval", x1: 0, x2: 26, y1: 9, y2: 9 })), t("95 % interval of the share accepted as it is"))),
      rows.length
        ? studio.scroll(t("How revisions fare"), h("table", { class: "plain insights" },
            h("thead", {}, h("tr", {}, [GROUPS[by][0], t("accepted as it is · edited · rejected"), t("edit size"), t("people changed"), t("time per item"), t("verdicts")].map((text, n) => h("th", { scope: "col", class: n === 1 ? "left" : null }, text)))),
            h("tbody", {}, rows.map((row) => h("tr", {},
              h("th", { scope: "row", dir: row.name ? "auto" : null }, name(row)),
              h("td", { class: "left wide" }, stacked(row), rates(row)),
              h("td", { "data-label": t("edit size"), title: t("The mean share of words that the teacher changed") }, single(row.edit_size ?? 0, 1), percent(row.edit_size)),
              h("td", { "data-label": t("people changed"), title: t("The mean share of words that people changed in what they edited") }, single(row.changed ?? 0, 1), percent(row.changed)),
              h("td", { "data-label": t("time per item"), title: t("Median of {n} decisions made one at a time", { n: studio.number(row.timed) }) }, single(row.seconds ?? 0, longest), row.seconds === null ? "–" : studio.seconds(row.seconds)),
              h("td", { class: "num", "data-label": t("verdicts") }, studio.number(row.n)))))))
        : h("div", { class: "body soft small" }, t("None of the decided revisions names a criterion that an edit serves.")));
  };

  // -- people ---------------------------------------------------------------------------------------------------
  const agreementCard = () => {
    const { everyone, pairs } = people.agreement;
    const lines = [...(everyone ? [[t("everyone"), everyone, "α"]] : []), ...pairs.map((pair) => [pair.people.join(" – "), pair, "κ"])];
    return h("section", { class: "card" }, h("h2", {}, t("Agreement"), h("small", {}, t("on accepted as it is, edited, rejected"))),
      lines.length
        ? [studio.scroll(t("Agreement"), h("table", { class: "plain" },
            h("thead", {}, h("tr", {}, [t("people"), t("in common"), t("same verdict"), t("beyond chance")].map((text) => h("th", { scope: "col" }, text)))),
            h("tbody", {}, lines.map(([label, one, symbol]) => h("tr", {}, h("th", { scope: "row", dir: "auto" }, label), h("td", {}, studio.number(one.n)), h("td", {}, percent(one.share)),
              h("td", { class: one.coefficient === null ? "why" : null }, one.coefficient === null ? studio.said(one.why) : `${symbol} = ${one.coefficient.toFixed(2).replace("-", "−")}`)))))),
          h("p", { class: "body soft small" }, t("κ is Cohen's for two people, α Krippendorff's for more: 1 is full agreement, 0 what chance gives."))]
        : h("div", { class: "body soft small" }, t("Agreement shows once two people have decided the same items. An owner says below for which share of a data set several people are asked.")));
  };

  const preferencesCard = () =>
    people.preferences.length > 0 && h("section", { class: "card" }, h("h2", {}, t("Teachers beside each other"), h("small", {}, t("whose revision was taken, where several had revised"))),
      studio.scroll(t("Teachers beside each other"), h("table", { class: "plain insights" },
        h("thead", {}, h("tr", {}, [t("teacher"), t("taken"), t("items")].map((text, n) => h("th", { scope: "col", class: n === 1 ? "left" : null }, text)))),
        h("tbody", {}, people.preferences.map((row) => h("tr", {}, h("th", { scope: "row", dir: "auto" }, row.teacher),
          h("td", { class: "left wide" }, single(row.rate.share, 1), h("b", {}, rate(row.rate))), h("td", { class: "num", "data-label": t("items") }, studio.number(row.n))))))));

  const WORDS = Object.fromEntries(VERDICTS);
  const disagreementsCard = () =>
    h("section", { class: "card" }, h("h2", {}, t("Disagreements"), h("small", { class: "num" }, people.disagreements.length || ""), h("span", { class: "grow" }),
        people.disagreements.length > 0 && h("a", { class: "act small", href: "/?queue=disputed" }, t("Settle them"))),
      people.disagreements.length
        ? h("ul", { class: "disputes" }, people.disagreements.map((one) => h("li", {},
            h("a", { href: `/?queue=disputed&item=${one.item}` }, t("item {n}", { n: one.item })), h("span", { dir: "auto" }, one.instruction, one.instruction.length >= 160 && "…"),
            h("small", {}, one.verdicts.map((v) => `${v.annotator}: ${WORDS[v.verdict]}`).join(" · ")))))
        : h("div", { class: "body soft small" }, t("Items on which people disagree appear here until somebody settles them.")));

  const overlapCard = () =>
    h("section", { class: "card for-owners" }, h("h2", {}, t("How many people decide"), h("small", {}, t("for items that nobody has decided yet, and for later ones"))),
      people.overlaps.length
        ? people.overlaps.map((row) => {
            const share = h("input", { type: "number", min: "0", max: "100", step: "1", required: true, value: Math.round(100 * row.share), "aria-label": t("share of {name} in percent", { name: row.dataset }) });
            const slots = h("input", { type: "number", min: "1", max: "9", step: "1", required: true, value: row.slots, "aria-label": t("people for {name}", { name: row.dataset }) });
            return h("form", { class: "setup overlap", onsubmit: (e) => { e.preventDefault(); save(row.dataset, share, slots, e.target); } },
              h("div", { class: "grow" }, h("b", { dir: "auto" }, row.dataset), h("small", { class: "soft" }, t("{several} of {waiting} waiting items are for several people", { several: studio.number(row.several), waiting: studio.number(row.waiting) }))),
              h("label", {}, t("share, %"), share), h("label", {}, t("people"), slots), h("button", { class: "act small" }, t("Save")));
          })
        : h("div", { class: "body soft small" }, t("Import a data set first.")));
  const save = async (dataset, share, slots, form) => {
    const taken = studio.sending(form);
    const answer = await call(server, "set_overlap", { dataset, share: Number(share.value) / 100, slots: Number(slots.value) });
    notice = answer.error ? { text: answer.error, bad: true } : { text: t("Saved for {name}.", { name: dataset }) };
    if (!answer.error) taken();
    loadPeople();
  };

  // -- drawing --------------------------------------------------------------------------------------------------
  const nothing = () => h("div", { class: "nothing card" }, h("h2", {}, t("Nothing is decided yet")),
    h("p", {}, t("Accept, edit or reject some revisions; this page then shows which kinds are mostly right, how much is changed, and how long an item takes.")),
    h("a", { class: "act main", href: "/" }, t("Review revisions")));
  const render = () => {
    const shown = JSON.stringify([by, figures, people, notice]);
    if (shown === drawn) return;
    drawn = shown;
    studio.redraw(page,
      ...(notice ? [h("div", { class: "notice", role: notice.bad ? "alert" : "status" }, studio.said(notice.text))] : []),
      ...(figures ? [figures.all ? figuresCard() : nothing()] : notice ? [] : [h("div", { class: "nothing" }, t("Counting …"))]),
      ...(people ? [h("div", { class: "cards two below" }, agreementCard(), disagreementsCard()), preferencesCard(), overlapCard()].filter(Boolean) : []));
  };
  render();
  load();
  window.addEventListener("studio-status", (event) => {
    const now = JSON.stringify(event.detail.counts ?? counted);
    if (counted && now !== counted) load();
    counted = now;
  });
};
