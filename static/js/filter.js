/* Filters and search of a board over the rows of the page; Enter asks the server. Without it both ask the server.

   #items                   the pane of rows; those that filter and search leave out are hidden, by the server first.
                            With data-paged its rows are one page of several: the server alone filters and counts
   .item[data-find]         its number, and more that a search reads (the owner); the row's own text always counts
   .chip[data-show]         a filter: "all", a word that a row's data-show lists, e.g. data-show="open blocking", or
                            a list of numbers that #blocks has of this person: data-waiting, data-mine
   #found                   (role=status) how many rows are shown
   form[data-returns]       an act that leads back to the board: its address carries filter and search */
(() => {
  "use strict";
  const pane = document.getElementById("items");
  const find = document.getElementById("find");
  if (!pane || "paged" in pane.dataset) return;
  const plural = (number, one, many) => `${number || "no"} ${number === 1 ? one : many}`;

  const RARE = ["overdue", "carried", "inapplicable"]; // filters that stand there only while they would show something

  const found = document.getElementById("found");
  let show = document.querySelector(".chip[aria-current]")?.dataset.show || "all";

  const folded = (text) => text.normalize("NFKC").toUpperCase(); // as apps/core/wording.py
  const words = () => folded(find?.value || "").split(/\s+/).filter(Boolean);
  const hasWords = (row, all) => {
    if (!all.length) return true;
    const text = folded(`${row.textContent} ${row.dataset.find}`);
    return all.every((word) => text.includes(word));
  };
  /* What tells whether a filter shows a row. */
  function filterOf(name) {
    const numbers = document.getElementById("blocks")?.dataset[name];
    if (name === "all") return () => true;
    if (numbers === undefined) return (row) => row.dataset.show.split(" ").includes(name);
    const own = new Set(numbers.split(" ").map((number) => `item-${number}`));
    return (row) => own.has(row.id);
  }

  function filterRows() {
    const [searched, isShown] = [words(), filterOf(show)];
    let shown = 0;
    for (const row of pane.querySelectorAll(".item")) {
      const fits = isShown(row) && hasWords(row, searched);
      row.hidden = !fits;
      shown += fits;
    }
    const filtering = searched.length > 0 || show !== "all";
    pane.classList.toggle("filtering", filtering); // a search also shows settled rows
    for (const group of pane.querySelectorAll(".group"))
      group.hidden = filtering && !group.querySelector(".item:not([hidden])");
    if (found) found.textContent = filtering ? plural(shown, "item fits", "items fit") : "";
    document.getElementById("none-found")?.toggleAttribute("hidden", shown > 0 || !filtering);
  }

  /* Rows change live, and their counts with them: in the chips, and in the words of _group.html. */
  let countTimer = 0;
  function updateCounts() {
    const searched = words();
    const found = [...pane.querySelectorAll(".item")].filter((row) => hasWords(row, searched));
    for (const chip of document.querySelectorAll(".chip[data-show]")) {
      const count = found.filter(filterOf(chip.dataset.show)).length;
      chip.querySelector("b").textContent = count;
      if (RARE.includes(chip.dataset.show)) chip.hidden = !count && show !== chip.dataset.show;
    }
    for (const note of pane.querySelectorAll("[data-left]")) {
      const group = note.closest(".group");
      const all = group.querySelectorAll(".item").length;
      const left = group.querySelectorAll(".item[data-show~=blocking]").length;
      if (all) note.textContent = left ? `${left} of ${all} left` : `all ${all} settled`;
    }
    for (const note of pane.querySelectorAll("[data-settled]")) {
      const settled = [...note.closest(".group").querySelectorAll(".item[data-show~=settled]")];
      const out = settled.filter((row) => row.matches("[data-show~=inapplicable]")).length;
      const waived = settled.filter((row) => row.querySelector(".tag.waived")).length;
      const carried = settled.filter((row) => row.matches("[data-show~=carried]")).length;
      const words = [`${settled.length - waived - carried - out} verified`];
      if (waived) words.push(`${waived} waived`);
      if (carried) words.push(`${carried} carried over`);
      if (out) words.push(plural(out, "does not apply", "do not apply"));
      note.textContent = `${settled.length} settled: ${words.join(", ")}`;
    }
  }

  /* The view belongs in the address: reloading, coming back and acting on it lead to the same rows. */
  function noteInAddress() {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries({ show: show === "all" ? "" : show, q: find?.value.trim() || "" }))
      if (value) query.set(name, value);
      else query.delete(name);
    const search = query.size ? `?${query}` : "";
    history.replaceState(history.state, "", location.pathname + search + location.hash);
    for (const form of document.querySelectorAll("form[data-returns]"))
      form.setAttribute("action", form.getAttribute("action").split("?")[0] + search);
    const field = find?.form.elements.show;
    if (field) field.value = show;
  }

  // htmx goes where the form led when the page was loaded; the view of now is in its action alone.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target.matches("form[data-returns]")) event.detail.path = event.target.getAttribute("action");
  });

  let typing = 0;
  find?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      filterRows();
      updateCounts();
      noteInAddress();
    }, 80);
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest(".chip[data-show]");
    if (!chip || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    for (const other of chip.parentElement.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
    chip.setAttribute("aria-current", "true");
    show = chip.dataset.show;
    filterRows();
    noteInAddress();
  });
  document.addEventListener("keyturn:after-replace", (event) => {
    if (!event.target.closest?.("#items, #blocks")) return;
    clearTimeout(countTimer);
    countTimer = setTimeout(() => {
      updateCounts();
      if (show !== "all" || find?.value) filterRows();
    });
  });
})();
