// What every page shares: a safe DOM builder, calls to the server, the theme, and the strip of jobs.
// Text from models, files and people only ever becomes text nodes: nothing here assigns innerHTML.
"use strict";
const studio = {};
window.studio = studio;

/** h("p", {class: "soft", onclick: f}, "text", child, …) */
studio.h = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    // The second click of a double click would hit what the first one has brought there.
    if (name === "onclick" && /\bact\b/.test(attributes.class)) node.addEventListener("click", (event) => { if (event.detail < 2) value(event); });
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
    if (name === "dir" && value === "auto") node.lang = ""; // whose direction is not known, nor is its language
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

/** Who speaks in a turn of a conversation. */
studio.speaker = (role) => ({ system: studio.t("System"), user: studio.t("User"), assistant: studio.t("Assistant"), tool: studio.t("Tool") })[role] ?? role;
/** Calls a server function; an error of ours arrives as {error: sentence}, no answer at all as null. */
studio.call = async (server, name, body = {}) => {
  let answer = null;
  try {
    answer = await server[name](body);
  } catch (error) {
    console.warn(error);
  }
  return answer ?? { error: studio.t("The studio did not answer; check that it is running and try again."), offline: true };
};

studio.id = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

studio.bytes = (b) => (b >= 1e9 ? `${(b / 1e9).toFixed(1)} GB` : b >= 1e6 ? `${(b / 1e6).toFixed(1)} MB` : `${Math.ceil(b / 1e3)} kB`);

/** A key press that is meant as a shortcut: not while typing, not under an input method, not with a modifier. */
studio.isShortcut = (event) =>
  !event.isComposing && event.keyCode !== 229 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented &&
  !event.target.closest?.("input:not(.yields), textarea, select:not(.yields), [contenteditable=''], [contenteditable=true], dialog[open]");

/** The key by which shortcuts are told: the letter, or where the keyboard writes no Latin ones, the place of the key. */
studio.keyOf = (event) =>
  event.key.length !== 1 ? event.key : /^Key[A-Z]$/.test(event.code) && event.key.charCodeAt(0) > 127 ? event.code[3].toLowerCase() : event.key.toLowerCase();

// Theme: the system's unless a person chose; remembered in this browser.
const themes = { system: null, light: "light", dark: "dark" };
studio.applyTheme = () => {
  const asked = new URLSearchParams(location.search).get("__theme");
  const chosen = themes[asked] ?? localStorage.getItem("citing-theme");
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", dark);
};
studio.toggleTheme = () => {
  localStorage.setItem("citing-theme", document.body.classList.contains("dark") ? "light" : "dark");
  studio.applyTheme();
};

/** Whose login this is, in the masthead; what only owners may do is hidden from others (studio.css), and refused. */
studio.showMe = (me) => {
  const { h, t } = studio;
  const masthead = document.querySelector(".masthead");
  document.documentElement.dataset.role = me?.role ?? "owner";
  if (!masthead || masthead.querySelector(".me")?.dataset.name === me?.name) return;
  masthead.querySelector(".me")?.remove();
  if (me) masthead.querySelector(".language").before(
    h("div", { class: "me", "data-name": me.name },
      h("span", { dir: "auto", title: me.role === "owner" ? t("{name}, owner", { name: me.name }) : t("{name}, annotator", { name: me.name }) }, me.name),
      h("button", { class: "act small", onclick: studio.signOut }, t("Sign out"))));
};
/** Whether the page can be left: no text is open and no decision on its way. */
studio.isSaved = () => window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
studio.signOut = async () => {
  if (!studio.isSaved()) return alert(studio.t("Something on this page is not saved yet: save it or leave it first."));
  await fetch("/logout", { method: "POST" });
  location.assign("/login");
};
studio.isLoggedOut = async () => (await fetch("/gradio_api/app_id").catch(() => null))?.status === 401;

/** The strip of jobs under the masthead and the status in it, asked for every second while something runs. */
studio.strip = (element, server) => {
  const { h, t, said } = studio;
  const box = h("div", { class: "strip", "aria-live": "polite" });
  element.replaceChildren(box);
  // What fills the window, such as the panes of Chat, leaves room for it.
  new ResizeObserver(() => document.documentElement.style.setProperty("--strip", `${box.offsetHeight}px`)).observe(box);
  const message = (j) => {
    const text = said(j.message);
    if (j.state !== "running" || j.seconds_left === null) return text;
    const left = t("about {time} left", { time: studio.seconds(j.seconds_left) });
    return text ? `${text} · ${left}` : left;
  };
  const job = (j) => {
    const title = said(j.title);
    const button = (name, label) => h("button", { class: "act small for-owners", onclick: () => act(name, j) }, label);
    const percent = j.fraction === null ? null : Math.round(j.fraction * 100);
    if (j.waits) return h("div", { class: "job waits", "data-job": j.name }, h("span", { class: "grow" }, said(j.waits)), button("cancel_job", t("Cancel")));
    return h("div", { class: `job ${j.state}`, "data-job": j.name },
      h("span", {}, title),
      j.state === "running" && h("div", { class: `meter ${percent === null ? "unknown" : ""}`, role: "progressbar", "aria-label": title,
        "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent }, h("i", { style: `width:${percent ?? 0}%` })),
      h("span", { class: "grow soft" }, message(j)),
      j.state === "running" && button("cancel_job", ["curriculum", "race"].includes(j.name) ? t("Pause") : t("Cancel")),
      j.state !== "running" && j.retry && button("retry_job", t("Retry")),
      j.state !== "running" && button("dismiss_job", t("Dismiss")));
  };
  const act = async (name, j) => {
    const loses = name === "cancel_job" && j.name.startsWith("round") && !j.waits;
    if (loses && !confirm(t("Cancel this round? What it has learned so far is lost."))) return;
    trouble = (await studio.call(server, name, { name: j.name })).error;
    last = "";
    tick();
  };
  /** What runs has a line each; what waits is folded into one, so that a long queue leaves the page to be seen. */
  const lines = ({ jobs, waiting }) => {
    const told = new Set(jobs.map((j) => j.waits));
    const runs = jobs.filter((j) => !j.waits).map(job);
    const waits = [...jobs.filter((j) => j.waits).map(job), ...waiting.filter((text) => !told.has(text)).map((text) => h("div", { class: "job waits" }, h("span", { class: "grow" }, said(text))))];
    if (waits.length < 2) return [...runs, ...waits];
    const n = studio.number(waits.length);
    return [...runs, h("details", { class: "queue", open: folded.open, ontoggle: (e) => { folded.open = e.target.open; } }, h("summary", {}, runs.length ? t("{n} more wait", { n }) : t("{n} wait", { n })), waits)];
  };
  const folded = { open: false };
  let last = "";
  let trouble = null;
  let timer = null;
  const tick = async () => {
    clearTimeout(timer);
    const status = await studio.call(server, "status");
    const shown = JSON.stringify([status.jobs, status.waiting]);
    if (!status.error && shown !== last) {
      last = shown;
      box.replaceChildren(...(trouble ? [h("div", { class: "job failed", role: "alert" }, h("span", { class: "grow" }, said(trouble)))] : []), ...lines(status));
    }
    if (!status.error) studio.showMe(status.me);
    const masthead = document.querySelector(".masthead .status");
    if (masthead) {
      const state = status.error ? "down" : status.busy ? "busy" : "";
      const login = status.error && (await studio.isLoggedOut()) && h("a", { href: "/login", target: "_blank" }, t("log in again"));
      const line = status.error ? t("not connected") : said(status.line);
      masthead.replaceChildren(h("i", { class: `dot ${state}` }), h("span", { title: line }, login || line));
    }
    window.dispatchEvent(new CustomEvent("studio-status", { detail: status }));
    timer = setTimeout(tick, document.hidden ? 10000 : status.busy ? 1000 : 3000);
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
  tick();
};

document.addEventListener("DOMContentLoaded", () => {
  studio.applyTheme();
  const path = location.pathname.replace(/\/$/, "") || "/";
  const here = ["/curriculum", "/race", "/adapters"].includes(path) ? "/rounds" : ["/comparisons", "/arena"].includes(path) ? "/evaluate" : path;
  for (const link of document.querySelectorAll(".masthead nav a")) {
    if (new URL(link.href).pathname === here) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }
  document.querySelector(".masthead .theme")?.addEventListener("click", studio.toggleTheme);
  // Gradio sets the theme class once when it starts; ours stays.
  new MutationObserver(() => {
    const chosen = localStorage.getItem("citing-theme");
    if (chosen && document.body.classList.contains("dark") !== (chosen === "dark")) studio.applyTheme();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
