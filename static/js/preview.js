/* The preview of an import: its keys, and which line, item and finding belong together. All of it is links and forms.

   [data-finding="12"]      a place of the queue, about line 12; in it [data-key="y"] takes, [data-key="n"] leaves,
                            [data-key="f"] changes the line, [data-key="Enter"] leads to it
   details.offer            a kind of suggestions; [data-key="A"] takes them all
   .lines > li #L<line>     a line of the source; data-item: the line of the item it belongs to
   .item #i<line>           an item of the board
   a[data-change="12"]      fetches the form of line 12, which stands in that line; there is one such form at a time
   [data-key="undo"]        takes back what was last decided

   A decision is answered with the parts of the page that show it; what was open, selected and focused stays so. */
(() => {
  "use strict";
  const main = document.querySelector("main.reading");
  if (!main) return;
  const wide = window.matchMedia("(min-width: 76rem)");
  const announcer = document.getElementById("announcer");
  const findings = () => [...main.querySelectorAll("#queue [data-finding]:not(#g-decided *)")];
  const selected = () => main.querySelector("#queue .selected");
  const lineOf = (number) => document.getElementById(`L${number}`);

  /* ---- what belongs together ---- */
  function mark(finding, line, item) {
    for (const one of main.querySelectorAll(".selected")) one.classList.remove("selected");
    for (const one of [finding, line, item]) one?.classList.add("selected");
    for (const one of [line, item]) if (one && one !== document.activeElement) reveal(one);
  }

  function reveal(element) {
    element.closest("details")?.setAttribute("open", "");
    if (element.offsetParent) element.scrollIntoView({ block: "nearest" });
  }

  function select(finding) {
    const line = lineOf(finding.dataset.finding);
    const item = document.getElementById(`i${line?.dataset.item}`);
    mark(finding, line, item);
    reveal(finding);
    finding.querySelector("a[data-key=Enter]")?.focus({ preventScroll: true });
  }

  function step(by) {
    const list = findings();
    const at = list.indexOf(selected());
    const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by))];
    if (next) select(next);
  }

  main.addEventListener("click", (event) => {
    const line = event.target.closest(".lines > li[id]");
    const item = event.target.closest(".reading .item");
    const finding = event.target.closest("#queue [data-finding]");
    if (line) mark(null, line, document.getElementById(`i${line.dataset.item}`));
    else if (item) mark(null, lineOf(item.id.slice(1)), item);
    else if (finding && event.target.closest("a")) select(finding);
    const leads = event.target.closest("a[href^='#L'], a[href^='#i']");
    if (leads && wide.matches && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // every pane is there, and none jumps to its top
      const target = document.querySelector(leads.getAttribute("href"));
      if (target && event.detail === 0) target.querySelector(":scope > a")?.focus({ preventScroll: true });
    }
  });

  /* ---- the form of a line ---- */
  async function change(link) {
    const number = link.dataset.change;
    const line = lineOf(number);
    if (!line) return void location.assign(link.href);
    close();
    await window.htmx.ajax("GET", link.href, { target: line, swap: "beforeend", source: main }).catch(() => {});
    reveal(line);
    document.getElementById("line-text")?.focus();
  }

  function close() {
    const form = document.getElementById("line-form");
    const line = form?.closest("li");
    form?.remove();
    return line;
  }

  main.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-change]");
    if (link) {
      event.preventDefault();
      change(link);
    } else if (event.target.closest("#line-form [data-close]")) {
      event.preventDefault();
      close()?.querySelector(".line-type")?.focus();
    }
  });

  /* ---- after a decision ---- */
  let before = null; // where in the queue a decision was made, and which kinds were open
  let waiting = 0; // decisions whose answer has not settled
  let later = []; // what keys asked for meanwhile: until then the new parts are plain forms, which leave the page
  const isDecision = (event) => Boolean(event.detail.elt.closest?.("form")?.hasAttribute("hx-post"));
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isDecision(event)) return;
    const place = findings().indexOf(event.detail.elt.closest("[data-finding]") || selected());
    const open = [...main.querySelectorAll("details.offer[open]")].map((one) => one.id);
    if (!before || place >= 0) before = { place, open };
    waiting += 1;
  });
  function answered() {
    waiting = Math.max(0, waiting - 1);
    if (!waiting) before = null;
  }
  function inTurn(does) {
    if (waiting) later.push(does);
    else does();
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isDecision(event) || event.detail.successful) return;
    later = [];
    answered();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (!before || event.target.id !== "source") return; // it is the last part, and until then classes are put back
    const { place, open } = before;
    answered();
    for (const one of main.querySelectorAll("details.offer")) one.open = open.includes(one.id);
    const list = findings();
    if (place >= 0 && list.length) select(list[Math.min(place, list.length - 1)]);
    if (announcer) announcer.textContent = document.getElementById("verdict").textContent.replace(/\s+/g, " ");
    if (location.hash && !wide.matches) location.replace(location.href); // the target is a new element
    while (!waiting && later.length) later.shift()();
  });

  /* ---- keys ---- */
  const press = (key, within = selected()) => within?.querySelector(`[data-key~="${key}"]:not([disabled])`)?.click();
  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    y: () => (selected()?.querySelector("input[name=value]") || { focus: () => press("y") }).focus(),
    n: () => press("n"),
    A: () => press("A", selected()?.closest("details.offer") || main.querySelector("#queue .all")),
    f: () => {
      const line = main.querySelector(".lines > li.selected [data-change]");
      if (line) change(line);
      else press("f");
    },
    "?": () => document.querySelector("[popovertarget=keys-help]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
    if (event.key === "Escape" && document.getElementById("line-form")) {
      close()?.querySelector(".line-type")?.focus();
      return;
    }
    if (event.key === "Escape" && !typing && !document.querySelector("[popover]:popover-open")) {
      const finding = selected() || findings()[0];
      if (finding) select(finding);
      return;
    }
    if (typing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) {
      event.preventDefault();
      inTurn(() => press("undo", main));
      return;
    }
    if (!window.keyturnKeys.areOn() && event.key !== "Enter") return;
    const keys = waiting ? { ...KEYS, Enter: () => document.activeElement.click() } : KEYS; // nothing has the focus yet
    const does = !event.ctrlKey && !event.metaKey && keys[event.key];
    if (!does) return;
    event.preventDefault();
    inTurn(does);
  });
})();
