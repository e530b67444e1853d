/* What is done with rows: by forms, keys, the grip, dragging. Each ends in the same edits.

   form[data-edit]         is sent as an edit; its button's formaction counts
   a[data-panel]           opens beside the list: panel/ is added to its address
   .grip                   opens #move (a popover) for its row; dragged, it takes the row along
   #move [data-does]       up, down, indent, outdent, to

   Keys act while the list has the focus, and are off where form.js says so. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  if (!studio) return;
  const pane = document.getElementById("items");
  const detail = document.getElementById("detail");
  const FIRST = "form[data-fields] :is(textarea, input:not([type=hidden]))"; // what the panel is opened for

  /* ---- forms ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-edit]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    const body = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "intent"].includes(name));
    const action = button?.getAttribute("formaction") || form.getAttribute("action");
    const path = action.split("?")[0].replace(studio.base, "");
    studio.send({ path, body, words: button?.textContent.trim().split("\n")[0] || "it" });
    for (const field of form.querySelectorAll("textarea, input:not([type=hidden], [type=checkbox])")) field.value = "";
    if (/remove\/$/.test(path) && form.closest("#detail")) detail.replaceChildren();
  }, true);

  /* ---- the panel ---- */
  function openPanel(url) {
    const panel = new URL(url, location.href);
    detail.dataset.liveRefresh = `${panel.pathname}panel/`;
    const where = { target: "#detail", swap: "innerHTML", source: detail };
    return window.htmx.ajax("GET", `${panel.pathname}panel/`, where).catch(() => {}); // a notice says so
  }

  document.addEventListener("click", async (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target.closest("a[data-panel]");
    if (link && detail && pane && studio.wide.matches) {
      event.preventDefault();
      const url = new URL(link.href);
      const key = /items\/([\w-]+)\/$/.exec(url.pathname)?.[1];
      const row = key && studio.row(key);
      row?.scrollIntoView({ block: "center" });
      await openPanel(url);
      const field = url.hash && detail.querySelector(url.hash);
      field?.closest("details")?.setAttribute("open", "");
      (field || detail.querySelector(FIRST))?.focus();
    } else if (event.target.closest("#verdict") && detail?.hasChildNodes() && studio.wide.matches) {
      event.preventDefault();
      detail.replaceChildren();
    } else if (event.target.closest(".item > a") && studio.wide.matches) {
      studio.edit(event.target.closest(".item"));
    }
  });

  /* ---- rows ---- */
  const current = () => document.activeElement?.closest?.(".item:not(.waits)") || null;
  function meant(row) {
    const chosen = [...pane.querySelectorAll(".pick:checked")].map((box) => box.value);
    return chosen.includes(studio.keyOf(row)) ? chosen : [studio.keyOf(row)];
  }
  const items = (row) => meant(row).map((key) => ["item", key]);
  const words = (row) => (meant(row).length > 1 ? `${meant(row).length} items` : `item ${studio.numberOf(row)}`);
  const act = (row, path, ...body) => studio.send({ path, body: [...items(row), ...body], words: words(row) });
  const DOES = {
    up: (row) => act(row, "move/", ["to", "up"]),
    down: (row) => act(row, "move/", ["to", "down"]),
    indent: (row) => act(row, "indent/", ["levels", "1"]),
    outdent: (row) => act(row, "indent/", ["levels", "-1"]),
    to: (row) => act(row, "move/", ["to", "end"], ["section", document.getElementById("move-to").value]),
    remove: (row) => act(row, "remove/"),
    keys: (row, number) => act(row, "set/", ["what", `keys ${number}`]),
    critical: (row) =>
      act(row, "set/", ["what", row.dataset.show.includes("critical") ? "critical no" : "critical yes"]),
  };

  function nextProblem(step) {
    const rows = studio.rows().filter((row) => row.querySelector(":scope > .why") && row.offsetParent);
    const every = studio.rows();
    const at = every.indexOf(current());
    const before = rows.filter((row) => every.indexOf(row) < at);
    const behind = rows.filter((row) => every.indexOf(row) > at);
    const row = step > 0 ? behind[0] : at < 0 ? rows.at(-1) : before.at(-1);
    if (!row) return void document.getElementById("verdict")?.focus();
    studio.linkOf(row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  }

  const press = (id) => {
    const button = document.getElementById(id);
    if (button && !button.disabled && !button.hidden) button.click();
  };

  /* ---- keys ---- */
  const KEYS = {
    n: (row) => studio.addBelow(row || studio.rows().at(-1), document.querySelector(".group")?.dataset.key),
    N: () => document.getElementById("section-title")?.focus(),
    c: (row) => row && DOES.critical(row),
    e: (row) => row && toPanel(row),
    "]": () => nextProblem(1),
    "[": () => nextProblem(-1),
    ">": (row) => row && DOES.indent(row),
    "<": (row) => row && DOES.outdent(row),
    Delete: (row) => row && DOES.remove(row),
    ...Object.fromEntries([1, 2, 3, 4].map((number) => [String(number), (row) => row && DOES.keys(row, number)])),
  };

  async function toPanel(row) {
    await openPanel(studio.linkOf(row).href);
    detail.querySelector(FIRST)?.focus();
  }

  /* Undo in a field is the field's own as long as it holds what is not saved. */
  function isTyping(target) {
    return target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !pane || event.defaultPrevented) return;
    if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.dispatchEvent(new CustomEvent("keyturn:leaving"));
      return;
    }
    if (isTyping(event.target)) return void backToRow(event);
    if (/^z$/i.test(event.key) && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return void press(event.shiftKey ? "redo" : "undo");
    }
    const inList = document.activeElement === document.body || pane.contains(document.activeElement);
    if (!inList || document.querySelector("[popover]:popover-open")) return;
    const row = current();
    const does = doesOf(event, row);
    if (!does) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does();
  }, true);

  function doesOf(event, row) {
    if (event.altKey && row && /^Arrow(Up|Down)$/.test(event.key))
      return () => DOES[event.key === "ArrowUp" ? "up" : "down"](row);
    if (event.altKey || event.ctrlKey || event.metaKey) return null;
    if (event.key === "Enter" && row && document.activeElement.matches(".item > a"))
      return studio.wide.matches && (() => editAndOpen(row));
    if (!window.keyturnKeys.areOn() && event.key !== "Delete") return null;
    return KEYS[event.key] && (() => KEYS[event.key](row));
  }

  function editAndOpen(row) {
    openPanel(studio.linkOf(row).href);
    studio.edit(row);
  }

  /* Escape in the panel leads back to the row it is about. */
  function backToRow(event) {
    if (event.key !== "Escape" || !event.target.closest("#detail")) return;
    const row = studio.row(document.getElementById("detail-head")?.dataset.item);
    if (!row) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    studio.linkOf(row).focus();
  }

  if (!pane) return;

  /* ---- the grip ---- */
  let moving = null;
  pane.addEventListener("click", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip) return;
    moving = grip.closest(".item");
    document.getElementById("move-h").textContent = `Move ${words(moving)}`;
    document.getElementById("move-to").value = studio.sectionOf(moving);
  });
  document.getElementById("move")?.addEventListener("click", (event) => {
    const does = event.target.closest("[data-does]")?.dataset.does;
    if (does && moving) DOES[does](moving);
    if (does === "to") document.getElementById("move").hidePopover();
  });

  /* ---- dragging ---- */
  let dragged = null;
  pane.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".grip")?.closest(".item");
    if (row) row.draggable = true;
  });
  pane.addEventListener("pointerup", () => pane.querySelector(".item[draggable]")?.removeAttribute("draggable"));
  pane.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".item");
    event.dataTransfer.setData("text/plain", studio.titleOf(studio.linkOf(dragged)));
    event.dataTransfer.effectAllowed = "move";
    dragged.classList.add("dragged");
  });
  const target = (event) => event.target.closest?.(".item:not(.waits), .group > header");
  pane.addEventListener("dragover", (event) => {
    const over = dragged && target(event);
    pane.querySelector(".drop-here")?.classList.remove("drop-here");
    if (!over || over === dragged) return;
    event.preventDefault();
    over.classList.add("drop-here");
  });
  pane.addEventListener("drop", (event) => {
    const over = dragged && target(event);
    if (!over || over === dragged) return;
    event.preventDefault();
    const after = over.matches(".item") ? studio.keyOf(over) : "";
    act(dragged, "move/", ["section", over.closest(".group").dataset.key], ["after", after]);
  });
  pane.addEventListener("dragend", () => {
    pane.querySelector(".drop-here")?.classList.remove("drop-here");
    dragged?.classList.remove("dragged");
    dragged?.removeAttribute("draggable");
    dragged = null;
  });
})();
