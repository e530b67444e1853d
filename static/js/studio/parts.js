/* What an edit changed appears in place, one's own and those of others. First of the studio's files.

   The page says, on <body>:
     data-studio         the address of the draft; every edit is a POST below it
     data-studio-since   the entry of the ledger that the page shows
     data-studio-live    the event stream that says when there is a newer one

   An answer (templates/studio/_parts.html) holds any of these, and each is put where it belongs:
     #news               data-sequence: the entry it shows. data-saved: digests of what was saved. data-added: keys of
                         new items. data-sections: all sections in order. Its text says what was done
     #verdict #sections #problems #steps #title      replaced whole
     b[data-count]       how many rows a filter shows
     [data-order]        the keys of a section's rows in order; rows that are in no list went
     .group              the head of a section, or a new section; of #items[data-paged], one page of several, only
                       "last" takes new sections in, and what is on other pages stays there
     .item               a row. What is typed in it, chosen or focused stays

   keyturnStudio.show(html) puts an answer in its place and returns #news. */
(() => {
  "use strict";
  const { studio: base, studioSince } = document.body.dataset;
  if (!base) return;
  document.body.classList.add("scripted");
  const pane = document.getElementById("items");
  const groups = document.getElementById("groups");
  const numberOf = (row) => Number(row.querySelector(".no")?.lastChild.data);
  const first = numberOf(pane?.querySelector(".item") || document.body) || 1;
  const studio = {
    base,
    since: Number(studioSince),
    wide: window.matchMedia("(min-width: 50rem)"),
    row: (key) => document.getElementById(`item-${key}`),
    keyOf: (row) => row?.id.replace(/^item-/, "") || "",
    sectionOf: (row) => row.closest(".group").dataset.key,
    rows: () => [...(pane?.querySelectorAll(".item") || [])],
    show,
    exchange,
    numberOf,
  };
  window.keyturnStudio = studio;

  function show(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html"); // scripts in it do not run
    const news = parsed.getElementById("news");
    if (!news) return null;
    studio.since = Math.max(studio.since, Number(news.dataset.sequence));
    for (const id of ["title", "verdict", "sections", "problems", "steps"]) replace(id, parsed);
    for (const count of parsed.querySelectorAll("b[data-count]")) {
      const chip = pane?.querySelector(`.chip[data-show="${count.dataset.count}"] b`);
      if (chip) chip.textContent = count.textContent;
    }
    if (groups) showRows(parsed, news);
    if (pane?.querySelector(".item")) document.getElementById("no-items")?.remove();
    if (news.textContent.trim()) document.getElementById("announcer").textContent = news.textContent.trim();
    document.dispatchEvent(new CustomEvent("keyturn:studio-shown", { detail: changedKeys(parsed) }));
    return news;
  }

  const changedKeys = (parsed) => [...parsed.querySelectorAll(".item")].map(studio.keyOf);

  function replace(id, parsed) {
    const [old, fresh] = [document.getElementById(id), parsed.getElementById(id)];
    if (old && fresh) exchange(old, fresh, "a, button");
  }

  /* A part as it is now, with what is open, typed and focused in it. Where the element that had the focus is gone,
     the first `otherwise` in the part gets it; what this returns is false when there is none either. */
  function exchange(old, fresh, otherwise) {
    const active = old.contains(document.activeElement) && document.activeElement;
    const caret = active && active.selectionStart;
    const typed = [...old.querySelectorAll("input[id]")].filter((field) => field.value !== field.defaultValue);
    const open = [...old.querySelectorAll("details[id][open]")].map((each) => each.id);
    const top = old.scrollTop;
    old.replaceWith(document.adoptNode(fresh));
    fresh.scrollTop = top;
    for (const each of open) document.getElementById(each)?.setAttribute("open", "");
    for (const { id: field, value } of typed) Object.assign(document.getElementById(field) || {}, { value });
    const same = active && sameIn(fresh, active);
    const next = same || fresh.querySelector(otherwise);
    if (active) next?.focus({ preventScroll: true });
    if (same && typeof caret === "number") same.setSelectionRange(caret, caret);
    fresh.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
    return !active || Boolean(next);
  }

  function sameIn(part, element) {
    if (element.id) return part.querySelector(`[id="${element.id}"]`);
    const folded = element.matches("summary") && element.parentElement.id;
    return folded ? part.querySelector(`[id="${folded}"] > summary`) : null;
  }

  function showRows(parsed, news) {
    const fresh = new Map([...parsed.querySelectorAll("body > ol > .item")].map((row) => [row.id, row]));
    const sections = news.dataset.sections.split(" ");
    for (const group of parsed.querySelectorAll(".group")) showGroup(group, sections);
    for (const [id, row] of fresh) {
      const old = document.getElementById(id);
      if (old) update(old, row);
    }
    const orders = [...parsed.querySelectorAll("[data-order]")].map((one) => [
      one.dataset.order,
      (one.getAttribute("value") || "").split(" ").filter(Boolean),
    ]);
    for (const [key, keys] of orders) order(key, keys, fresh);
    removeOthers(orders);
    orderGroups(sections);
    renumber();
    groups.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
  }

  function showGroup(fresh, sections) {
    const old = document.getElementById(fresh.id);
    if (!old) return void (isHere(fresh, sections) && groups.append(document.adoptNode(fresh)));
    const [head, newer] = [old.querySelector("header"), fresh.querySelector("header")];
    if (!head.contains(document.activeElement)) head.replaceWith(document.adoptNode(newer));
  }

  /* Whether a section that is not shown belongs on this page: it may be on another, or hidden by a filter. */
  function isHere(fresh, sections) {
    if (!("paged" in pane.dataset)) return true;
    const place = (group) => sections.indexOf(group?.dataset.key);
    return pane.dataset.paged === "last" && place(fresh) > place(groups.querySelector(".group:last-of-type"));
  }

  /* The row as it is now around what somebody types into it. */
  function update(old, fresh) {
    const isFocused = (part) => old.querySelector(`:scope > ${part}`) === document.activeElement;
    const focused = [".pick", ".grip", "a"].find(isFocused);
    const current = old.querySelector(":scope > [aria-current]");
    const chosen = old.querySelector(".pick")?.checked;
    const [field, merge] = [old.querySelector(":scope > textarea"), old.querySelector(":scope > .merge")];
    for (const child of [...old.childNodes]) if (child !== field && child !== merge) child.remove();
    const parts = [...document.adoptNode(fresh).childNodes];
    const at = parts.findIndex((part) => part.matches?.("a")) + 1;
    for (const part of parts.slice(0, at)) old.insertBefore(part, field || merge);
    for (const part of parts.slice(at)) old.insertBefore(part, merge);
    if (field) for (const part of parts.slice(0, at)) field.before(part);
    for (const name of ["class", "data-show", "data-find"]) old.setAttribute(name, fresh.getAttribute(name));
    const link = old.querySelector(":scope > a");
    link.hidden = Boolean(field);
    if (current) link.setAttribute("aria-current", "true");
    if (chosen) old.querySelector(".pick").checked = true;
    if (focused) old.querySelector(`:scope > ${focused}`)?.focus({ preventScroll: true });
    old.classList.add("changed");
  }

  /* Rows that are typed and not saved yet (.waits) stay where they are. */
  function order(key, keys, fresh) {
    const list = document.getElementById(`s-${key}`)?.querySelector("ol");
    if (!list) return;
    const focused = document.activeElement;
    let at = list.firstElementChild;
    for (const each of keys) {
      while (at?.matches(".waits")) at = at.nextElementSibling;
      const row = studio.row(each) || document.adoptNode(fresh.get(`item-${each}`) || missing(each));
      if (row === at) at = at.nextElementSibling;
      else list.insertBefore(row, at);
    }
    if (focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
  }

  /* It came to this page from one that is not shown; the next reload shows all of it. */
  function missing(key) {
    const row = document.createElement("li");
    row.id = `item-${key}`;
    return row;
  }

  function removeOthers(orders) {
    const all = new Set(orders.flatMap(([, keys]) => keys));
    for (const [key, keys] of orders) {
      const own = new Set(keys);
      for (const row of document.getElementById(`s-${key}`)?.querySelectorAll("ol > .item:not(.waits)") || [])
        if (!own.has(studio.keyOf(row)) && !all.has(studio.keyOf(row))) leave(row);
    }
  }

  /* A row that somebody else removed stays as long as this person types in it: the text must not go with it. */
  function leave(row) {
    if (row.querySelector("textarea")) return void row.classList.add("removed");
    const next = row.contains(document.activeElement) && (row.nextElementSibling || row.previousElementSibling);
    row.remove();
    if (next) next.querySelector(":scope > a")?.focus({ preventScroll: true });
  }

  function orderGroups(keys) {
    const known = new Set(keys);
    for (const group of groups.querySelectorAll(".group")) if (!known.has(group.dataset.key)) group.remove();
    let at = groups.firstElementChild;
    for (const key of keys) {
      const group = document.getElementById(`s-${key}`);
      if (!group) continue;
      if (group === at) at = at.nextElementSibling;
      else groups.insertBefore(group, at);
    }
  }

  function renumber() {
    let number = first;
    for (const place of groups.querySelectorAll(".item:not(.waits) > .no")) place.lastChild.data = String(number++);
  }
})();
