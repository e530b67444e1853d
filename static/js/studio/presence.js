/* Who else is here, and where: a page in sight notes its place now and then, and shows those of others.

   #here           a line in words: "Jun Kim is here too, at item 14"
   [data-here]     a mark in the row, or in the head of the section, where somebody is

   POST here/ stores nothing; the answer is {"here": [{name, initials, place, edits}]}, `place` being "items/<key>",
   "sections/<key>", "version" or "". keyturn:here-changed says that somebody came, moved or left. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  const line = document.getElementById("here");
  if (!studio || !line) return;
  const [EVERY, TOGETHER, MOST_NAMES] = [20_000, 500, 3]; // milliseconds; names in the line
  const page = studio.intentOf();
  let [others, timer, noted] = [[], 0, ""];

  const focused = (selector) => document.activeElement?.closest?.(selector);

  function placeOf() {
    const row = focused(".item:not(.waits)");
    if (row) return `items/${studio.keyOf(row)}`;
    const group = focused(".group");
    if (group) return `sections/${group.dataset.key}`;
    const head = document.getElementById("detail-head")?.dataset;
    if (head?.item) return `items/${head.item}`;
    if (head?.section) return `sections/${head.section}`;
    return head && "version" in head ? "version" : "";
  }

  const types = () => Boolean(focused(".item > textarea, #detail form[data-fields] :is(textarea, input, select)"));
  const now = () => `${placeOf()} ${types()}`;

  function note({ gone = false } = {}) {
    clearTimeout(timer);
    timer = 0;
    noted = gone ? "" : now();
    const body = new URLSearchParams({ page, place: placeOf() });
    if (types()) body.set("edits", "1");
    if (gone) body.set("gone", "1");
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const asked = { method: "POST", headers, body, redirect: "error", keepalive: gone };
    return fetch(`${studio.base}here/`, asked).catch(() => null);
  }

  async function noteAndShow() {
    const answer = await note();
    others = answer?.ok ? (await answer.json()).here : [];
    show();
  }

  const soon = () => (timer ||= setTimeout(noteAndShow, TOGETHER));

  function words({ name, place, edits }) {
    const at = where(place);
    if (!at) return `${name} is here too`;
    return edits ? `${name} edits ${at}` : `${name} is here too, at ${at}`;
  }

  function where(place) {
    if (place === "version") return "the template itself";
    if (place && place === placeOf()) return place.startsWith("items/") ? "this item" : "this section";
    const [what, key] = place.split("/");
    if (what === "items") return studio.row(key) ? `item ${studio.numberOf(studio.row(key))}` : "";
    const title = key && document.querySelector(`#s-${key} h2 a`)?.textContent;
    return title ? `“${title.trim()}”` : "";
  }

  function show() {
    const named = others.slice(0, MOST_NAMES).map(words);
    const more = others.length - named.length;
    if (more) named.push(`and ${more} more`);
    const text = named.join("; ");
    if (line.textContent !== text) line.textContent = text;
    for (const old of document.querySelectorAll("[data-here]")) old.remove();
    for (const one of others) homeOf(one.place)?.append(mark(one));
  }

  function homeOf(place) {
    const [what, key] = place.split("/");
    if (what === "items") return studio.row(key)?.querySelector(":scope > .tags");
    return key && document.querySelector(`#s-${key} > header`);
  }

  function mark({ name, initials, place, edits }) {
    const about = `${name} ${edits ? "edits" : "is at"} this ${place.startsWith("items/") ? "item" : "section"}`;
    const made = Object.assign(document.createElement("span"), { className: "avatar", title: about });
    const hidden = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: about });
    const shown = Object.assign(document.createElement("span"), { textContent: initials });
    shown.setAttribute("aria-hidden", "true");
    made.dataset.here = "";
    made.append(hidden, shown);
    return made;
  }

  const moved = () => !document.hidden && now() !== noted && soon();
  document.addEventListener("focusin", moved);
  document.addEventListener("focusout", moved);
  document.addEventListener("htmx:afterSettle", moved);
  document.addEventListener("keyturn:here-changed", () => !document.hidden && soon());
  document.addEventListener("keyturn:studio-shown", show);
  document.addEventListener("visibilitychange", () => (document.hidden ? note({ gone: true }) : soon()));
  window.addEventListener("pagehide", () => note({ gone: true }));
  setInterval(() => document.hidden || noteAndShow(), EVERY);
  if (!document.hidden) soon();
})();
