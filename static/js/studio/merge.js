/* Two people changed one field: what the other saved stands beside what was typed here, and a text made of both. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  if (!studio) return;
  const MOST = 600; // words that are compared; of longer texts one's own is proposed
  const make = (tag, properties, ...parts) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...parts);
    return element;
  };

  document.addEventListener("keyturn:differs", ({ detail: { edit, html } }) => {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const view = document.adoptNode(parsed.getElementById("merge"));
    view.removeAttribute("id");
    view.classList.add("merge");
    const theirs = view.querySelector("[data-theirs]").textContent;
    const mine = edit.body.map(([, value]) => value).join(", ");
    view.querySelector("[data-mine]").textContent = mine;
    const isText = edit.body.length === 1 && edit.body[0][0] === edit.field;
    const field = isText ? proposal(view, edit, combined(edit.was || "", mine, theirs) ?? mine) : null;
    view.append(buttons(view, edit, field, theirs));
    place(view, edit);
    (field || view.querySelector("button")).focus();
  });

  function proposal(view, edit, text) {
    const id = `merge-${edit.intent}`;
    const field = make("textarea", { id, rows: 2, value: text, className: edit.field === "commands" ? "mono" : "" });
    const label = make("label", { htmlFor: id, textContent: "What it shall be" });
    const note = make("small", {
      className: "muted",
      textContent: "Both texts in one, as far as they do not touch each other. Change it freely.",
    });
    view.append(make("div", { className: "field" }, label, field, note));
    return field;
  }

  function buttons(view, edit, field, theirs) {
    const button = (textContent, className) => make("button", { type: "button", className, textContent });
    const keep = button(field ? "Save this" : "Save mine", "btn primary");
    const take = button("Take theirs", "btn");
    keep.addEventListener("click", () => {
      const body = field ? [[edit.field, field.value]] : edit.body;
      studio.send({ ...edit, body, seen: view.dataset.seen, was: theirs, sent: field ? field.value : edit.sent });
      close(view, edit, field ? field.value : null, theirs);
    });
    take.addEventListener("click", () => close(view, edit, theirs, theirs));
    return make("p", { className: "cluster" }, keep, take);
  }

  function place(view, edit) {
    const row = edit.of.startsWith("items/") && studio.row(edit.of.slice(6));
    const home = row || document.getElementById("detail");
    home.querySelector(":scope > .merge")?.remove();
    home.append(view);
    view.scrollIntoView({ block: "nearest" });
  }

  /* The fields read what was decided, and edit on from what is saved. */
  function close(view, edit, text, saved) {
    const row = view.closest(".item");
    view.remove();
    const field = row?.querySelector(":scope > textarea");
    if (field && edit.field === "title") {
      if (text !== null) field.value = text;
      Object.assign(field.dataset, { was: saved, seen: view.dataset.seen });
      delete field.dataset.sent;
    }
    for (const home of document.querySelectorAll(`form[data-fields="${edit.of}"] [data-field="${edit.field}"]`)) {
      const control = home.querySelector("textarea, input");
      if (text !== null && control?.name === edit.field) control.value = text;
      home.dataset.was = JSON.stringify([[edit.field, saved]]);
      home.dataset.seen = view.dataset.seen;
      delete home.dataset.sent;
    }
    if (row && edit.field === "title") {
      studio.showTitle(row, text ?? saved);
      studio.linkOf(row).dataset.seen = view.dataset.seen;
    }
    if (row) (field || studio.linkOf(row)).focus();
    studio.refresh();
  }

  /* Both changes of `base` in one text; null where they touch the same words. */
  function combined(base, mine, theirs) {
    const [from, a, b] = [base, mine, theirs].map((text) => text.split(/(\s+)/).filter(Boolean));
    if (Math.max(from.length, a.length, b.length) > MOST) return null;
    const changes = [...changesOf(from, a), ...changesOf(from, b)].sort((x, y) => x.start - y.start || x.end - y.end);
    const words = [];
    let at = 0;
    for (const [place, change] of changes.entries()) {
      const last = changes[place - 1];
      if (last && last.start === change.start && last.end === change.end && `${last.by}` === `${change.by}`) continue;
      if (change.start < at || (last && last.end === change.start && last.start === last.end)) return null;
      words.push(...from.slice(at, change.start), ...change.by);
      at = change.end;
    }
    return [...words, ...from.slice(at)].join("");
  }

  /* What was put in place of which words: {start, end, by}, by their longest common sequence. */
  function changesOf(from, to) {
    const length = Array.from({ length: from.length + 1 }, () => new Uint16Array(to.length + 1));
    for (let i = from.length - 1; i >= 0; i--)
      for (let j = to.length - 1; j >= 0; j--)
        length[i][j] = from[i] === to[j] ? length[i + 1][j + 1] + 1 : Math.max(length[i + 1][j], length[i][j + 1]);
    const found = [];
    let [i, j] = [0, 0];
    while (i < from.length || j < to.length) {
      if (i < from.length && j < to.length && from[i] === to[j]) {
        [i, j] = [i + 1, j + 1];
        continue;
      }
      const change = { start: i, end: i, by: [] };
      while ((i < from.length || j < to.length) && !(i < from.length && j < to.length && from[i] === to[j])) {
        if (j >= to.length || (i < from.length && length[i + 1][j] >= length[i][j + 1])) i++;
        else change.by.push(to[j++]);
      }
      change.end = i;
      found.push(change);
    }
    return found;
  }
  studio.combined = combined;
})();
