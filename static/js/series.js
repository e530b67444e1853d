/* Several keys in one series: the keyboard, and what is ticked. Without it rows open and tick as any other.

   details[data-series-row]   an item: its summary is what j and k go along, its checkbox what Space ticks
   [data-series-count]        says how many are ticked
   [data-series-ticked]       lists them, by `data-named` of the checkbox
   No key signs: `s` leads to what shows who somebody is. Whoever switched letter keys off (form.js) goes by Tab. */
(() => {
  "use strict";
  const form = document.getElementById("series");
  const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;
  const rows = () => [...document.querySelectorAll("details[data-series-row]")];
  const boxOf = (row) => row.querySelector("input[type=checkbox][name=item]");
  const summaryOf = (row) => row.querySelector("summary");
  if (!form) return;

  function count() {
    const ticked = rows().map(boxOf).filter((box) => box?.checked);
    const words = `${plural(ticked.length, "key is", "keys are")} ticked.`;
    document.querySelector("[data-series-count]").textContent = ticked.length ? words : "Tick what you have read.";
    const list = document.querySelector("[data-series-ticked]");
    const line = (textContent) => Object.assign(document.createElement("li"), { textContent, dir: "auto" });
    list.replaceChildren(...ticked.map((box) => line(box.dataset.named)));
  }

  function here() {
    const row = document.activeElement?.closest?.("details[data-series-row]");
    return row || rows().find((each) => each.open) || null;
  }

  function move(step) {
    const list = rows();
    const at = list.indexOf(here());
    const next = at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step));
    summaryOf(list[next])?.focus();
    list[next]?.scrollIntoView({ block: "nearest" });
  }

  /* A closed row opens, to be read; in an open one Space says that it was, and the next opens. */
  function tick() {
    const row = here() || rows()[0];
    if (!row) return;
    if (!row.open) {
      row.open = true;
      summaryOf(row).focus();
      return;
    }
    boxOf(row).checked = true;
    count();
    const next = rows().find((each, at, all) => at > all.indexOf(row) && !boxOf(each).checked);
    if (!next) return void leadToProof();
    next.open = true;
    summaryOf(next).focus();
    next.scrollIntoView({ block: "start" });
  }

  function leadToProof() {
    const first = form.querySelector("input:not([type=hidden]), button:not([disabled])");
    (first || document.getElementById("turn-h")).focus();
  }

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    s: leadToProof,
    "?": () => document.querySelector("[popovertarget=keys-help]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const isTyping = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (isTyping || document.querySelector("[popover]:popover-open")) return;
    if (event.key === " " && event.target.matches("summary")) {
      event.preventDefault();
      tick();
    } else if (window.keyturnKeys.areOn() && KEYS[event.key.toLowerCase()]) {
      event.preventDefault();
      KEYS[event.key.toLowerCase()]();
    }
  });
  document.addEventListener("change", (event) => event.target.matches("[name=item]") && count());
  window.addEventListener("pageshow", count);
  count();
})();
