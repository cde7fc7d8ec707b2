// Decisions on their way: they leave one at a time and in order, and each is called saved only when the server has
// said so. Keys pressed faster than the server answers are lost as little as those pressed while it is away.
"use strict";
studio.outbox = (server, { saved, refused, note }) => {
  const { t } = studio;
  const entries = [];
  let sending = false;
  const send = async () => {
    if (sending) return;
    sending = true;
    for (let tries = 0; entries.length; ) {
      const entry = entries[0];
      note(entry.item ? t("saving item {n} …", { n: entry.item.id }) : t("saving …"));
      const answer = await studio.call(server, entry.op, entry.body);
      if (answer.offline) {
        tries += 1;
        note(t("not saved yet: the studio does not answer (try {n})", { n: tries }), true);
        await new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** tries, 8000)));
        continue;
      }
      tries = 0;
      entries.shift();
      if (answer.error) refused(entry, answer);
      else saved(entry, answer);
    }
    sending = false;
  };
  return {
    push: (entry) => { entries.push(entry); send(); },
    decisions: () => entries.filter((entry) => entry.op === "decide" && entry.body.kind !== "skip"),
    items: () => entries.map((entry) => entry.item?.id).filter(Boolean),
    get isEmpty() { return !entries.length; },
  };
};
