/* The board's keyboard, panel and choice of rows. Each adds to a plain way: rows are links, assigning is a form.

   #items                   the pane of rows
   .item  #item-<n>         a row: `> a` opens it, `> .pick` (checkbox name=item, form=bulk) chooses it, its value says
                            which owner is shown; with "panel/" added to its href the link answers what the panel shows
   .group                   a section; its `.pick-all` checkbox chooses every visible row; hidden when no row is left
   .group [data-left]       how many of its items are left, in words; counted again when rows change, as the chips are
   .group > .folded         a checkbox that shows its settled rows (by CSS alone); [data-settled] counts them
   #detail (inside .panel)  where an item opens; empty means that the panel shows what blocks
   #find                    the search field; its form also searches on the server
   a[data-series]           leads to the page that signs several items: those that are chosen
   a[data-open]             a link elsewhere (what blocks) that opens an item like its row does
   [data-key="s|w|p"]       in #detail or on an item page: what a key opens or does (a link, a summary, a button);
                            other letters and figures work too where an element names them
   a[data-row]              on a page without #items: what j and k go along
   [data-key="a"]           the assign field; without a choice of rows the current row is chosen first

   No key signs or runs anything: `s` leads to signing and puts the focus on its first question, `p` on the button that
   Enter presses, `n` to the next item that waits for whoever just turned a key. On a keyboard without Latin letters the
   place of a key counts. Whoever switched letter keys off (form.js) has Escape only. */
(() => {
  "use strict";
  const pane = document.getElementById("items");
  const detail = document.getElementById("detail");
  const find = document.getElementById("find");
  const wide = window.matchMedia("(min-width: 50rem)");
  const rows = () => [...(pane?.querySelectorAll(".item") || [])].filter((row) => row.offsetParent !== null);
  const plural = (number, one, many) => `${number || "no"} ${number === 1 ? one : many}`;
  const rowAt = () => document.activeElement?.closest?.(".item") || pane?.querySelector(".item:has([aria-current])");

  /* ---- moving and opening ---- */
  function move(step) {
    if (!pane) return void moveAlong(step);
    const list = rows();
    const at = list.indexOf(rowAt());
    const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))];
    next?.querySelector(":scope > a").focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  /* On a page that lists other things than items: along their links. */
  function moveAlong(step) {
    const list = [...document.querySelectorAll("a[data-row]")].filter((link) => link.offsetParent !== null);
    const at = list.indexOf(document.activeElement);
    list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))]?.focus();
  }

  async function openRow(link, then, goesOn) {
    if (!detail || !wide.matches) return void location.assign(link.href);
    const url = new URL(link.href);
    url.pathname += "panel/";
    mark(link);
    Object.assign(detail.dataset, { liveRefresh: url.pathname, liveWith: link.closest(".item")?.id || "" });
    const where = { target: "#detail", swap: "innerHTML", source: pane };
    await window.htmx.ajax("GET", url.pathname + url.search, where).catch(() => {}); // a notice says so
    detail.scrollTop = 0;
    detail.closest(".panel").scrollTop = 0;
    if (then) press(then);
    else if (goesOn) focusHeading();
  }

  /* What led from one item to the next is gone: whoever goes on by keyboard begins at the new one. */
  function focusHeading() {
    const heading = detail.querySelector("h2");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }

  function closeDetail() {
    if (!pane || !detail?.hasChildNodes()) return false; // a page of its own stays
    const link = pane.querySelector(".item > [aria-current]");
    detail.replaceChildren();
    delete detail.dataset.liveRefresh;
    mark(null);
    link?.focus({ preventScroll: true });
    return true;
  }

  function mark(link) {
    pane.querySelector(".item > [aria-current]")?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
  }

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    const link = event.target.closest(".item > a, a[data-open]");
    if (link && pane && detail && wide.matches) {
      event.preventDefault();
      const row = [...pane.querySelectorAll(".item > a")].find((one) => one.pathname === link.pathname);
      openRow(row || link, "", detail.contains(link));
    } else if (event.target.closest("a[href='#blocks'], [data-close]") && closeDetail()) {
      if (wide.matches) event.preventDefault();
    }
  });

  /* ---- keys ---- */
  function press(key) {
    const target = (detail?.hasChildNodes() ? detail : document.querySelector("main")).querySelector(
      `[data-key="${key}"]:not([disabled])`,
    );
    if (!target) return false;
    const inside =
      document.querySelector(target.getAttribute("href")?.startsWith("#") ? target.getAttribute("href") : null) ||
      target.closest("details");
    if (target.matches("summary")) target.parentElement.open = true;
    else if (target.matches("a, [type=button]")) target.click(); // a key never submits
    const home = target.matches("button") ? target.form : inside;
    (home?.querySelector("textarea, select, input:not([type=hidden])") || target).focus();
    return true;
  }

  function pressOrOpen(key) {
    if (press(key)) return true;
    const link = rowAt()?.querySelector(":scope > a");
    if (link && pane && !detail?.hasChildNodes()) return void openRow(link, key);
    return false;
  }

  function assign() {
    const field = document.querySelector("#bulk [data-key=a]");
    if (!field) return press("a");
    if (!pane.querySelector(".pick:checked")) choose(rowAt()?.querySelector(".pick"), true);
    field.focus();
  }

  function help() {
    const button = document.querySelector("[popovertarget=keys-help]");
    if (button?.offsetParent)
      button.click(); // a popover opens under the button that was clicked
    else document.getElementById("keys-help")?.togglePopover();
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    s: () => pressOrOpen("s"),
    w: () => pressOrOpen("w"),
    p: () => pressOrOpen("p"),
    a: assign,
    b: () => {
      if (!closeDetail()) document.querySelector("#blocks a")?.focus();
    },
    x: (event) => {
      const box = rowAt()?.querySelector(".pick");
      if (box) pick(box, !box.checked, event.shiftKey);
    },
    "/": () => {
      find?.focus();
      find?.select();
    },
    "?": help,
    Escape: () => {
      if (!clearChoice()) closeDetail();
    },
  };

  /* The key as KEYS names it, whatever Caps Lock says and whichever script the keyboard writes. */
  function keyOf({ key, code, shiftKey }) {
    const isForeign = /^[\p{L}\p{M}]+$/u.test(key) && !/\p{Script=Latin}/u.test(key);
    const letter = isForeign && /^Key[A-Z]$/.test(code) ? code.at(-1).toLowerCase() : key.toLowerCase();
    if (/^[a-z]$/.test(letter)) return shiftKey && letter !== "x" ? "" : letter;
    return key === "؟" ? "?" : key;
  }

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.getModifierState("AltGraph")) return;
    if (event.isComposing || event.defaultPrevented) return;
    const typing = event.target.matches(
      "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]",
    );
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = keyOf(event);
    if (event.key !== "Escape" && !window.keyturnKeys.areOn()) return;
    const does = KEYS[key] || (/^[a-z1-9]$/.test(key) && (() => press(key)));
    if (!does || (event.key === "Escape" && document.querySelector("[popover]:popover-open"))) return;
    if (event.key !== "Escape") event.preventDefault();
    does(event);
  });

  if (!pane) return;

  /* ---- choosing rows: one, many at once, a whole section ---- */
  let last = null;
  const boxes = (root = pane) =>
    [...root.querySelectorAll(".item > .pick")].filter((box) => box.offsetParent !== null || box.checked);

  function choose(box, yes) {
    if (!box) return;
    box.checked = yes;
    count();
  }

  function pick(box, yes, range) {
    const list = boxes();
    const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
    const some = range && last && from >= 0 ? list.slice(from, to + 1) : [box];
    for (const one of some) one.checked = yes;
    last = box;
    count();
  }

  function clearChoice() {
    if (!pane) return false; // an item's own page has no rows to choose
    const chosen = pane.querySelectorAll(".pick:checked, .pick-all:checked");
    for (const box of chosen) box.checked = false;
    count();
    return chosen.length > 0;
  }

  function count() {
    const number = pane.querySelectorAll(".pick:checked").length;
    for (const note of document.querySelectorAll("[data-chosen]"))
      note.textContent = `${plural(number, "item", "items")} chosen`;
    for (const all of pane.querySelectorAll(".pick-all")) {
      const list = boxes(all.closest(".group"));
      const on = list.filter((box) => box.checked).length;
      all.checked = list.length > 0 && on === list.length;
      all.indeterminate = on > 0 && on < list.length;
    }
  }

  // A section's box stands for the rows it ticked, not for those that are folded or filtered away.
  document.addEventListener("formdata", (event) => {
    if (event.target.id === "bulk") event.formData.delete("section");
  });

  pane.addEventListener("click", (event) => {
    if (event.target.matches(".item > .pick")) pick(event.target, event.target.checked, event.shiftKey);
    if (event.target.matches(".pick-all")) {
      for (const box of boxes(event.target.closest(".group"))) box.checked = event.target.checked;
      count();
    }
    if (event.target.closest("[data-clear-choice]")) clearChoice();
    const series = event.target.closest("a[data-series]");
    if (series) series.search = chosenNumbers();
  });

  /* The chosen items as the page of a series is asked for; without any it shows what waits for the viewer. */
  function chosenNumbers() {
    const chosen = [...pane.querySelectorAll(".item:has(> .pick:checked)")];
    return new URLSearchParams(chosen.map((row) => ["item", row.id.replace("item-", "")])).toString();
  }

  /* Without a pointer that hovers, a chip shows the boxes. */
  const chips = document.querySelector(".filters .chips");
  if (chips && document.getElementById("bulk") && window.matchMedia("(hover: none)").matches) {
    const chip = Object.assign(document.createElement("button"), {
      type: "button",
      className: "chip",
      textContent: "Choose items",
    });
    chip.setAttribute("aria-pressed", "false");
    chip.addEventListener("click", () => {
      const on = pane.classList.toggle("selecting");
      chip.setAttribute("aria-pressed", String(on));
      if (!on) clearChoice();
    });
    chips.append(chip);
  }

  /* ---- which section is being read ---- */
  const nav = () => document.getElementById("sections");
  let reading = "";
  function markSection() {
    for (const link of nav()?.querySelectorAll("a") || []) {
      if (link.hash === `#${reading}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
  const spy = new IntersectionObserver(
    (seen) => {
      for (const entry of seen) entry.target.dataset.seen = entry.isIntersecting ? "1" : "";
      const first = pane.querySelector(".group[data-seen='1']");
      if (!first || first.id === reading) return;
      reading = first.id;
      markSection();
      const list = nav();
      const link = list?.querySelector("[aria-current]");
      if (link && list.scrollWidth > list.clientWidth) list.scrollTo({ left: link.offsetLeft - 16 });
    },
    { rootMargin: "-210px 0px -40% 0px" }, // below the place where a link leads to,
  );
  for (const group of pane.querySelectorAll(".group")) spy.observe(group);
  document.addEventListener("keyturn:after-replace", (event) => {
    if (event.target.id === "sections") markSection();
  });

  document.addEventListener("keyturn:after-replace", (event) => {
    if (event.target.closest?.("#items")) count();
  });
})();
