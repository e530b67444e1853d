/* Rows of conditions on the page that attaches a probe: added, filled and taken away without asking the server, which
   does the same for each of these buttons where there is no script, and which alone reads what was typed.

   #condition-rows          the rows; #new-comparison and #new-expression are templates of one
   [data-adds="comparison"] adds an empty row of that form
   [data-picks]             adds a condition that a try offers; its value is the condition
   [data-removes]           takes its row away
   [data-part="value"]      the value of a row; likewise "sign" and "limit"
   #condition-values        what can be chosen as a value; [data-measured] lists more of them, found by a try
   Enter in a row           leads to the next one, and adds one after the last: it never sends the form */
(() => {
  "use strict";
  const rows = document.getElementById("condition-rows");
  if (!rows) return;
  const FIELDS = "input:not([type=hidden]), select";
  const all = () => [...rows.querySelectorAll("[data-condition]")];
  const announce = (words) => {
    document.getElementById("announcer").textContent = words;
  };

  function number() {
    for (const [at, row] of all().entries()) {
      for (const place of row.querySelectorAll("[data-number]")) place.textContent = at + 1;
      row.querySelector("[data-removes]").value = at + 1;
    }
  }

  function add(form) {
    rows.append(document.getElementById(`new-${form}`).content.cloneNode(true));
    number();
    return all().at(-1);
  }

  function remove(row) {
    const at = all().indexOf(row);
    row.remove();
    number();
    announce(`Condition ${at + 1} is taken away.`);
    const next = all()[at] || all().at(-1);
    (next?.querySelector("[data-removes]") || document.querySelector("[data-adds]")).focus();
  }

  /* The parts of what a try offers come with the button; no condition is read here. */
  function pickFrom(button) {
    const { value, sign, limit } = button.dataset;
    const row = add(sign ? "comparison" : "expression");
    row.querySelector("[data-part=value]").value = value;
    row.querySelector("[data-part=sign]").value = sign;
    row.querySelector("[data-part=limit]").value = limit;
    announce(`Condition ${all().length}: ${button.value}`);
    button.textContent = "Added";
    button.disabled = true;
    row.querySelector(sign ? "[data-part=limit]" : "[data-part=value]").focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-adds], [data-removes], [data-picks]");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.adds) add(button.dataset.adds).querySelector(FIELDS).focus();
    else if ("picks" in button.dataset) pickFrom(button);
    else remove(button.closest("[data-condition]"));
  });

  rows.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
    event.preventDefault();
    const next = all()[all().indexOf(event.target.closest("[data-condition]")) + 1] || add("comparison");
    next.querySelector(FIELDS).focus();
  });

  document.addEventListener("htmx:afterSettle", () => {
    const list = document.getElementById("condition-values");
    const known = new Set([...list.options].map((option) => option.value));
    for (const { dataset } of document.querySelectorAll("#try [data-picks]"))
      if (dataset.value && !known.has(dataset.value)) list.append(new Option("", dataset.value));
  });
})();
