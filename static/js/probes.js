/* The page of all probes: rows that change stay where they are read, and how many moved on is counted.

   .probes[data-group]       a group as it was when the page was loaded; "" where the page is not grouped
   .probe-row[data-group]    where a row belongs now
   #moved                    the notice that says so, with a link that loads the page again */
(() => {
  "use strict";
  const notice = document.getElementById("moved");
  if (!notice) return;
  const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

  document.addEventListener("keyturn:after-replace", () => {
    let moved = 0;
    for (const group of document.querySelectorAll(".probes[data-group]:not([data-group=''])"))
      for (const row of group.querySelectorAll(".probe-row")) moved += row.dataset.group !== group.dataset.group;
    notice.hidden = moved === 0;
    const text = plural(moved, "row moved on.", "rows moved on.");
    notice.querySelector("[data-moved]").textContent = `${text} Nothing leaves the place where you read it.`;
  });
})();
