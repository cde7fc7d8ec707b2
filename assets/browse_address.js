// What is browsed: as the page's address, so that a link shows the same; as the server wants it; and in words.
"use strict";
studio.browseAddress = {
  STATES: ["waiting", "disputed", "accepted", "rejected", "drafted", "held_out"],
  SORTS: ["newest", "oldest", "queue", "decided", "largest edit", "smallest edit", "best rubric", "worst rubric"],
  names: ["category", "dataset", "round", "teacher", "annotator", "criterion", "curriculum", "row_id", "metadata_key", "metadata_value"],
  ranges: ["similarity", "edit"],

  empty: () => ({ text: "", states: [], category: null, dataset: null, round: null, teacher: null, annotator: null, criterion: null, curriculum: null, note: null, row_id: null, metadata_key: null, metadata_value: null, stale: false, similarity: ["", ""], edit: ["", ""] }),

  read(query) {
    const state = { ...this.empty(), sort: this.SORTS.includes(query.get("sort")) ? query.get("sort") : this.SORTS[0], text: (query.get("text") ?? "").trim(), after: null };
    state.states = (query.get("state") ?? "").split(",").filter((name) => this.STATES.includes(name));
    for (const name of this.names) state[name] = query.get(name);
    state.note = query.get("note");
    state.stale = query.get("stale") === "1";
    const number = (text) => (text !== "" && Number.isFinite(Number(text)) ? text : "");
    for (const name of this.ranges) {
      const [low = "", high = ""] = (query.get(name) ?? "").split("..");
      state[name] = [number(low), number(high)];
    }
    const key = (query.get("after") ?? "").split("~").map(Number);
    if (key.length === 2 && key.every(Number.isFinite)) state.after = key;
    return state;
  },

  /** The address's query for this state; what else it held (the theme, say) stays. */
  write(state, search) {
    const query = new URLSearchParams(search);
    const put = (name, value, given) => (given ? query.set(name, value) : query.delete(name));
    put("text", state.text, state.text);
    put("state", state.states.join(","), state.states.length);
    for (const name of this.names) put(name, state[name], state[name] !== null);
    for (const name of this.ranges) put(name, state[name].join(".."), state[name].some((bound) => bound !== ""));
    put("note", state.note, state.note !== null);
    put("stale", "1", state.stale);
    put("sort", state.sort, state.sort !== "newest");
    put("after", state.after?.join("~"), state.after !== null);
    return query.size ? `?${query}` : "";
  },

  body(state) {
    const bounds = (name) => state[name].map((bound) => (bound === "" ? null : Number(bound)));
    const { text, states, category, dataset, teacher, annotator, criterion, curriculum, note, row_id, metadata_key, metadata_value, stale, round } = state;
    return { text, states, category, dataset, teacher, annotator, criterion, curriculum, note, row_id, metadata_key, metadata_value, stale, round: round === null ? null : Number(round), similarity: bounds("similarity"), edit_size: bounds("edit") };
  },

  words(state, states) {
    const { t } = studio;
    const span = (name, between, unit) => {
      const [low, high] = state[name].map((bound) => (bound === "" ? "" : `${bound}${unit}`));
      if (!low && !high) return null;
      return between(low && high ? `${low} – ${high}` : low ? t("from {n}", { n: low }) : t("up to {n}", { n: high }));
    };
    const word = (name) => states.find(([one]) => one === name)?.[1] ?? name;
    return [
      state.states.length && t("state: {value}", { value: state.states.map(word).join(", ") }),
      state.stale && t("stale"),
      state.category !== null && (state.category === "" ? t("no matching rubric") : t("category: {value}", { value: state.category })),
      state.dataset !== null && t("data set: {value}", { value: state.dataset }),
      state.round !== null && (Number(state.round) ? t("drafted by round {n}", { n: state.round }) : t("drafted by the base model or imported")),
      state.teacher !== null && t("teacher: {value}", { value: state.teacher }),
      state.annotator !== null && t("decided by: {value}", { value: state.annotator }),
      state.criterion !== null && t("criterion: {value}", { value: state.criterion }),
      state.curriculum !== null && t("curriculum {n}, its newest round", { n: state.curriculum }),
      state.row_id !== null && t("row's id: {value}", { value: state.row_id }),
      state.metadata_key !== null && `${state.metadata_key}: ${state.metadata_value ?? t("any value")}`,
      span("similarity", (value) => t("similarity {value}", { value }), ""),
      span("edit", (value) => t("edit size {value}", { value }), studio.language === "zh" ? "%" : "\u00a0%"),
      state.note !== null && (state.note ? t("note: “{value}”", { value: state.note }) : t("with a note")),
      state.text && t("text: “{value}”", { value: state.text }),
    ].filter(Boolean);
  },
};
