/* Fields save by themselves: when they are left, and 0.8 s after a key. In a row, and in the panel beside the list.

   .item > a                       becomes a field in its own place: keyturnStudio.edit(row)
   form[data-fields="items/x"]     a form of the panel; [data-field][data-seen] in it is one field that is saved alone
   #detail[data-live-refresh]      where the panel is fetched again after a change of what it shows

   What somebody else saved meanwhile is shown beside what was typed (_merge.html), with both in one text. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  if (!studio) return;
  const PAUSE = 800; // milliseconds after a key
  const detail = document.getElementById("detail");
  const timers = new Map();
  const TYPED = "textarea, input:not([type=checkbox], [type=radio])";

  /* ---- a field of the panel ---- */
  const controls = (home) => [...home.querySelectorAll("input, textarea, select")].filter((one) => one.name);
  function valuesOf(home) {
    const given = (one) => !one.matches("[type=checkbox], [type=radio]") || one.checked;
    return controls(home).filter(given).map((one) => [one.name, one.value]);
  }
  const serialized = (home) => JSON.stringify(valuesOf(home));
  const isDirty = (home) => serialized(home) !== home.dataset.was;

  function watch(root) {
    for (const home of root.querySelectorAll("form[data-fields] [data-field]")) home.dataset.was ??= serialized(home);
  }

  function saveField(home) {
    clearTimeout(timers.get(home));
    const form = home.closest("form[data-fields]");
    // A field of a panel that came this moment has no state yet, and nobody has typed into it.
    if (!form || home.dataset.was === undefined || !isDirty(home) || home.dataset.sent === serialized(home)) return;
    home.dataset.sent = serialized(home);
    const before = JSON.parse(home.dataset.was)[0]?.[1] || "";
    studio.send({
      path: form.getAttribute("action").replace(studio.base, ""),
      body: valuesOf(home),
      words: document.querySelector("#detail-head h1, #detail-head h2")?.textContent || "This",
      of: form.dataset.fields,
      field: home.dataset.field,
      seen: home.dataset.seen,
      was: before,
      sent: home.dataset.sent,
      inPanel: true,
    });
  }

  const homeOf = (element) => element.closest?.("form[data-fields] [data-field]");
  // Before anything can be typed, also where a panel is not settled yet.
  document.addEventListener("focusin", (event) => {
    const home = homeOf(event.target);
    if (home) home.dataset.was ??= serialized(home);
  });
  document.addEventListener("input", (event) => {
    const home = homeOf(event.target);
    if (!home || !event.target.matches(TYPED)) return;
    clearTimeout(timers.get(home));
    timers.set(home, setTimeout(() => saveField(home), PAUSE));
  });
  document.addEventListener("change", (event) => {
    const home = homeOf(event.target);
    if (home && !event.target.matches(TYPED)) saveField(home);
  });
  document.addEventListener("focusout", (event) => {
    const home = homeOf(event.target);
    if (home && !home.contains(event.relatedTarget)) saveField(home);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-fields]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const home of event.target.querySelectorAll("[data-field]")) saveField(home);
  }, true);

  /* ---- the title in its row ---- */
  const linkOf = (row) => row.querySelector(":scope > a");
  const titleOf = (link) => link.dataset.title ?? (link.firstChild?.nodeType === 3 ? link.firstChild.data : "");

  function edit(row) {
    const known = row.querySelector(":scope > textarea");
    if (known) return void known.focus();
    const link = linkOf(row);
    const field = fieldIn(row, titleOf(link), `Title of item ${studio.numberOf(row)}`);
    Object.assign(field.dataset, { seen: link.dataset.seen, was: field.value });
    link.hidden = true;
    link.after(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  function fieldIn(row, value, label) {
    const field = document.createElement("textarea");
    Object.assign(field, { rows: 1, maxLength: 200, value, defaultValue: value, autocomplete: "off" });
    Object.assign(field.dataset, { title: "" });
    field.enterKeyHint = "next";
    field.setAttribute("aria-label", label);
    field.dir = "auto";
    return field;
  }

  function saveTitle(field) {
    clearTimeout(timers.get(field));
    const row = field.closest(".item");
    if (row.matches(".waits")) return;
    const value = field.value.replace(/\s+/g, " ").trim();
    if (value === field.dataset.was || value === field.dataset.sent) return;
    field.dataset.sent = value;
    studio.send({
      path: `items/${studio.keyOf(row)}/edit/`,
      body: [["title", value]],
      words: `Item ${studio.numberOf(row)}`,
      of: `items/${studio.keyOf(row)}`,
      field: "title",
      seen: field.dataset.seen,
      was: field.dataset.was,
      sent: value,
    });
  }

  /* The row reads what was typed at once; the answer brings the rest of it. */
  function leave(field) {
    const row = field.closest(".item");
    if (!row || row.matches(".waits")) return;
    saveTitle(field);
    showTitle(row, field.value.trim());
    field.remove();
    linkOf(row).hidden = false;
  }

  function showTitle(row, value) {
    const link = linkOf(row);
    if (value === titleOf(link)) return;
    while (link.firstChild && !link.firstChild.matches?.(".visually-hidden")) link.firstChild.remove();
    link.prepend(value);
    link.dataset.title = value;
  }

  const isTitle = (element) => element.matches?.(".item > textarea[data-title]");
  document.addEventListener("input", (event) => {
    if (!isTitle(event.target)) return;
    const field = event.target;
    clearTimeout(timers.get(field));
    timers.set(field, setTimeout(() => field.isConnected && saveTitle(field), PAUSE));
  });
  document.addEventListener("focusout", (event) => {
    if (isTitle(event.target) && event.target.isConnected && document.hasFocus()) leave(event.target);
  });

  /* ---- what became of an edit ---- */
  const homesOf = ({ of, field }) =>
    [...document.querySelectorAll(`form[data-fields="${of}"] [data-field="${field}"]`)];
  const rowOf = ({ of, field }) => (field === "title" && of.startsWith("items/") ? studio.row(of.slice(6)) : null);

  document.addEventListener("keyturn:saved", ({ detail: { edit: done, seen } }) => {
    if (!done.field || !seen) return;
    for (const home of homesOf(done)) {
      home.dataset.seen = seen;
      if (done.inPanel) home.dataset.was = done.sent;
      else if (!isDirty(home)) {
        controls(home)[0].value = done.body[0][1];
        home.dataset.was = serialized(home);
      }
      delete home.dataset.sent;
      if (!isDirty(home)) settle(home);
    }
    const field = rowOf(done)?.querySelector(":scope > textarea");
    if (field) Object.assign(field.dataset, { seen, was: done.body[0][1] });
    if (field) field.defaultValue = done.body[0][1];
  });

  /* What is saved is no longer unsent text for form.js. */
  function settle(home) {
    for (const one of controls(home)) {
      if (one.matches("select")) for (const option of one.options) option.defaultSelected = option.selected;
      else if (one.matches("[type=checkbox], [type=radio]")) one.defaultChecked = one.checked;
      else one.defaultValue = one.value;
    }
  }

  document.addEventListener("keyturn:refused", ({ detail: { edit: done } }) => {
    for (const home of homesOf(done)) delete home.dataset.sent;
    const row = rowOf(done);
    if (!row) return;
    edit(row);
    const field = row.querySelector(":scope > textarea");
    if (field.value === field.dataset.was) field.value = done.body[0][1];
    delete field.dataset.sent;
  });

  document.addEventListener("keyturn:leaving", () => {
    for (const field of document.querySelectorAll(".item > textarea[data-title]")) saveTitle(field);
    for (const home of document.querySelectorAll("form[data-fields] [data-field][data-was]")) saveField(home);
  });

  /* ---- the panel follows what it shows ---- */
  let refreshing = 0;
  function refresh() {
    clearTimeout(refreshing);
    refreshing = setTimeout(async () => {
      const url = detail?.dataset.liveRefresh;
      if (!url || !detail.hasChildNodes()) return;
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, redirect: "error" }).catch(() => null);
      if (answer?.ok && url === detail.dataset.liveRefresh) merge(await answer.text());
    }, 150);
  }

  function merge(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of parsed.querySelectorAll("[id^=w-], #detail-head, #detail-problems, [data-field]")) {
      const old = detail.querySelector(`[id="${fresh.id}"]`);
      if (fresh.id === "detail-problems" && old) showProblems(old, fresh);
      else if (!old || old.contains(document.activeElement)) continue;
      else if (!fresh.matches("[data-field]")) old.replaceWith(document.adoptNode(fresh));
      else if (old.dataset.seen !== fresh.dataset.seen && !isDirty(old)) old.replaceWith(document.adoptNode(fresh));
    }
    watch(detail);
  }

  /* But for a reason that is being typed for what is solved by now; whoever gave one goes on from there. */
  function showProblems(old, fresh) {
    const { activeElement: active } = document;
    if (old.contains(active) && active.value && !fresh.querySelector(`[id="${active.id}"]`)) return;
    if (!studio.exchange(old, fresh, "summary, button")) detail.querySelector("#f-title")?.focus();
  }

  document.addEventListener("keyturn:studio-shown", refresh);
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target === detail) watch(detail);
  });
  if (detail) watch(detail);
  Object.assign(studio, { edit, fieldIn, linkOf, showTitle, titleOf, saveTitle, refresh, timers });
})();
