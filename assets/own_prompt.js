// From Chat to the arena: the prompt in the field, or else the last one that was asked, is compared on in a new tab.
"use strict";
studio.compareOn = (typed, conversation) => {
  const asked = (conversation ?? []).filter((turn) => turn.role === "user").at(-1)?.content ?? "";
  const shown = typeof asked === "string" ? asked : asked.map((part) => part.text ?? "").join("");
  const said = new DOMParser().parseFromString(shown.replaceAll("<br>", "\n"), "text/html").querySelector(".said");
  localStorage.setItem("citing-own-prompt", typed.trim() ? typed : said?.textContent ?? "");
  window.open("/arena?own", "_blank", "noopener");
};
