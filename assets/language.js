// The language of the pages: English, or Chinese by the dictionary in zh.js, whose keys are the English texts.
// In a key {name} is a value of the page's, {1} a value in a sentence of the server's; {said 1} is translated too.
"use strict";
{
  const LANGUAGES = { en: "en", zh: "zh-CN" };
  const remembered = localStorage.getItem("citing-language");
  studio.language = remembered in LANGUAGES ? remembered : navigator.language.startsWith("zh") ? "zh" : "en";
  studio.locale = navigator.language.startsWith(studio.language) ? navigator.language : LANGUAGES[studio.language];
  document.documentElement.lang = LANGUAGES[studio.language];
  document.documentElement.dataset.language = studio.language;
  // Gradio asks the browser for its language, and has these two.
  Object.defineProperty(navigator, "language", { value: LANGUAGES[studio.language], configurable: true });

  const translation = (text) => (studio.language === "zh" && Object.hasOwn(studio.zh, text) ? studio.zh[text] : undefined);
  const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
  const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  /** A name within a sentence, which it cannot turn round: signs of direction go, letters from the right stay by themselves. */
  const apart = (value) => {
    const text = String(value).replace(DIRECTIONS, "");
    return FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => apart(values[name] ?? all));

  /** A text of the page in the chosen language; {name} is replaced by values.name. The English text is the key. */
  studio.t = (text, values = {}) => fill(translation(text) ?? text, values);

  let templates = null;
  const escaped = (text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  const makeTemplates = () =>
    Object.entries(studio.zh).filter(([key]) => /\{\d\}/.test(key))
      .map(([key, chinese]) => [new RegExp(`^${escaped(key).replace(/\{\d\}/g, "(.*?)")}$`, "s"), key.replace(/\{\d\}/g, "").length, chinese]);
  /** A sentence by the template that knows most of it, and how many of its letters that are. */
  const byTemplate = (sentence) => {
    const whole = translation(sentence);
    if (whole !== undefined) return [whole, sentence.length];
    let best = [sentence, 0];
    for (const [pattern, letters, chinese] of (templates ??= makeTemplates())) {
      const found = pattern.exec(sentence);
      if (!found) continue;
      let known = letters;
      const text = chinese.replace(/\{(said )?(\d)\}/g, (all, said, n) => {
        const [part, more] = said ? byTemplate(found[n]) : [found[n], 0];
        known += more;
        return part;
      });
      if (known > best[1]) best = [text, known];
    }
    return best;
  };

  const LONGEST_SENTENCE = 600;
  /** What the server said, in the chosen language, part by part where it has parts; what the dictionary lacks stays. */
  studio.said = (sentence) => {
    if (studio.language !== "zh" || !sentence || sentence.length > LONGEST_SENTENCE) return sentence;
    return translation(sentence) ?? sentence.split(" · ").map((part) => byTemplate(part)[0]).join(" · ");
  };

  /** What figures were measured on, by name; the test split is no data set and has the name that forms give it. */
  studio.measuredOn = (name) => {
    const [, set, part] = /^(.*?)(?: · (dev|test))?$/s.exec(name);
    const known = set === "test split" ? studio.t("the test split") : set;
    return part ? `${known} · ${part === "dev" ? studio.t("dev") : studio.t("test")}` : known;
  };
  /** The parts of it that can be measured on, as forms offer them. */
  studio.measuredParts = () => [["all", studio.t("all rows")], ["dev", studio.t("dev, to choose by")], ["test", studio.t("test, to report")]];

  studio.number = (n) => n.toLocaleString(studio.locale);
  studio.percent = (share) => `${Math.round(Number((100 * share).toFixed(6)))}${studio.language === "zh" ? "" : "\u00a0"}%`;
  /** The share of a text that changed; what changed at all is never 0 %. */
  studio.changed = (share) => studio.t("{n} changed", { n: share > 0 && share < 0.01 ? studio.percent(0.01).replace("1", "<1") : studio.percent(share) });
  studio.seconds = (s) => {
    if (s === null || s === undefined) return "–";
    if (s < 90) return studio.t("{n} s", { n: Math.max(1, Math.round(s)) });
    return s < 5400 ? studio.t("{n} min", { n: Math.round(s / 60) }) : studio.t("{n} h", { n: (s / 3600).toFixed(1) });
  };
  /** The other language, remembered in this browser. The page is drawn again, so what would be lost is asked about. */
  const change = (language) => {
    if (!studio.isSaved()) return alert(studio.t("Something on this page is not saved yet: save it or leave it first."));
    localStorage.setItem("citing-language", language);
    return location.replace(location.href); // not reload: that would send the login form again
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.language");
    if (button) change(button.dataset.to);
  });

  // What our scripts do not draw (the served frame, Gradio's labels, its messages) is translated as it appears. What
  // people and models wrote is never touched: it is in fields or has no known language.
  const OURS = "title, .masthead, .opening, .gr-page, .login-page, .toast-wrap";
  const THEIRS = "[lang=''], .file-name, .stem, textarea, script, style";
  const ATTRIBUTES = ["placeholder", "aria-label", "title"];
  const translateText = (node) => {
    const text = node.data.trim();
    const said = studio.said(text);
    if (said !== text && !node.parentElement?.closest(THEIRS)) node.data = node.data.replace(text, () => said);
  };
  const translateElement = (element) => {
    for (const name of ATTRIBUTES) {
      const text = element.getAttribute(name);
      const said = text && studio.said(text);
      if (said !== text) element.setAttribute(name, said);
    }
    if (element.matches("input[role=combobox]")) translateChosen(element);
  };
  /** A dropdown shows its chosen label as a field's value. */
  const translateChosen = (input) => {
    if (Object.hasOwn(input, "value")) return;
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    Object.defineProperty(input, "value", { get() { return get.call(this); }, set(value) { set.call(this, studio.said(value)); } });
    input.value = get.call(input);
  };
  const translateBelow = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = root; node; node = walker.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) translateText(node);
      else if (node.nodeType === Node.ELEMENT_NODE) translateElement(node);
    }
  };
  studio.translate = (node) => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!element) return;
    if (element.closest(OURS)) translateBelow(node);
    else if (element === node) element.querySelectorAll(OURS).forEach(translateBelow);
  };
  if (studio.language === "zh") {
    new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes) {
        if (type === "childList") addedNodes.forEach(studio.translate);
        else studio.translate(target);
      }
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
    studio.translate(document.documentElement);
  }
}
