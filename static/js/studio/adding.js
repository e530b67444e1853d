/* New items are typed in the list: Enter in a title goes on below, a pasted list becomes items. A row that is not saved
   yet is .item.waits; the edit that makes it names the row above, or by "@<intent>" the edit that makes that one. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  const pane = document.getElementById("items");
  if (!studio || !pane) return;
  const HINT = "Next item. Paste a list, and every line becomes one.";

  const list = (section) => document.getElementById(`s-${section}`)?.querySelector("ol");
  const depthOf = (row) => Number(/\bdepth-(\d)/.exec(row?.className || "")?.[1] || 0);

  /* An empty row behind another, or at the end of a section. */
  function addBelow(row, section = row && studio.sectionOf(row)) {
    const below = document.createElement("li");
    below.className = `item waits${depthOf(row) ? ` sub depth-${depthOf(row)}` : ""}`;
    Object.assign(below.dataset, { show: "", find: "" }); // no filter shows it, all do
    const keys = Object.assign(document.createElement("span"), { className: "keys" });
    const number = Object.assign(document.createElement("span"), { className: "no", textContent: "new" });
    const field = studio.fieldIn(below, "", "Title of a new item");
    field.placeholder = HINT;
    below.append(number, keys, field, Object.assign(document.createElement("span"), { className: "tags" }));
    if (row) row.after(below);
    else list(section).append(below);
    field.focus();
    below.scrollIntoView({ block: "nearest" });
    return below;
  }

  /* What it stands behind: the key of a row, or the edit that will make it. */
  function above(below) {
    const before = below.previousElementSibling;
    if (!before) return "";
    return before.matches(".waits") ? `@${before.dataset.intent || ""}` : studio.keyOf(before);
  }

  function add(below, text) {
    const field = below.querySelector("textarea");
    const made = studio.send({
      path: "add/",
      body: [["section", below.closest(".group").dataset.key], ["after", above(below)], ["titles", text],
        ["depth", String(depthOf(below))]],
      words: "the new item",
    });
    below.dataset.intent = made.intent;
    const words = Object.assign(document.createElement("a"), { textContent: text.split("\n")[0], href: "#items" });
    field.replaceWith(words);
    below.querySelector(".tags").textContent = "not saved yet";
  }

  /* The row that waited is the new item's from now on: so the focus and the rows behind it stay. */
  document.addEventListener("keyturn:saving", ({ detail: { edit, keys } }) => {
    const below = pane.querySelector(`.waits[data-intent="${edit.intent}"]`);
    if (!below || !keys.length) return;
    below.id = `item-${keys[0]}`;
    below.classList.remove("waits");
    delete below.dataset.intent;
  });
  document.addEventListener("keyturn:refused", ({ detail: { edit } }) => {
    const below = pane.querySelector(`.waits[data-intent="${edit.intent}"]`);
    if (!below) return;
    const text = edit.body.find(([name]) => name === "titles")[1];
    const field = studio.fieldIn(below, text, "Title of a new item");
    below.querySelector("a").replaceWith(field);
    delete below.dataset.intent;
    field.focus();
  });

  function enter(field) {
    const row = field.closest(".item");
    if (!row.matches(".waits")) {
      addBelow(row);
    } else if (field.value.trim()) {
      add(row, field.value);
      addBelow(row);
    } else drop(row);
  }

  function drop(row) {
    const before = row.previousElementSibling;
    row.dataset.intent = "dropped"; // leaving it makes nothing
    row.remove();
    before?.querySelector(":scope > a")?.focus();
  }

  pane.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches(".item > textarea") || event.isComposing) return;
    const row = field.closest(".item");
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      enter(field);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (row.matches(".waits") && !field.value.trim()) return drop(row);
      field.blur();
      studio.linkOf(row)?.focus();
    }
  });
  pane.addEventListener("focusout", (event) => {
    const row = event.target.closest?.(".item.waits");
    if (!row || row.dataset.intent || !event.target.matches("textarea") || !document.hasFocus()) return;
    if (event.target.value.trim()) add(row, event.target.value);
    else row.remove();
  });
  pane.addEventListener("paste", (event) => {
    const field = event.target;
    if (!field.matches(".item > textarea")) return;
    const text = event.clipboardData.getData("text/plain").trim();
    if (!/\n/.test(text)) return;
    event.preventDefault();
    const row = field.closest(".item");
    if (row.matches(".waits") && !field.value.trim()) return add(row, text);
    add(addBelow(row), text);
  });
  pane.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-add]");
    if (!link) return;
    event.preventDefault();
    const group = link.closest(".group");
    addBelow([...group.querySelectorAll(".item")].at(-1), group.dataset.key);
  });
  window.addEventListener("beforeunload", (event) => {
    for (const field of pane.querySelectorAll(".waits > textarea"))
      if (field.value.trim()) {
        add(field.closest(".item"), field.value);
        event.preventDefault();
      }
  });
  Object.assign(studio, { addBelow });
})();
