/* The page of all probes: rows that change stay where they are read; what moved on and what is not here yet is counted.

   .probes[data-group]       a group as it was when the page was loaded; "" where the page is not grouped
   .probe-row[data-group]    where a row belongs now; its data-fits are the filters that list it now
   [data-count]              in the heading of a group: how many of its rows belong there now
   #shows [aria-current] b   how many probes the filter of this page lists now
   #moved[data-followed]     the notice that says so, with a link that loads the page again; the filter of this page
                             where a result takes rows away from it, "" elsewhere */
(() => {
  "use strict";
  const notice = document.getElementById("moved");
  if (!notice) return;
  const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;
  const { followed } = notice.dataset;
  const isOnePage = !document.querySelector("nav[aria-label=Pages]");

  document.addEventListener("keyturn:after-replace", () => {
    let [moved, belonging] = [0, 0];
    for (const group of document.querySelectorAll(".probes")) {
      const rows = [...group.querySelectorAll(".probe-row")];
      const listed = rows.filter((row) => !followed || row.dataset.fits.split(" ").includes(followed));
      const staying = listed.filter((row) => !group.dataset.group || row.dataset.group === group.dataset.group);
      group.querySelector("[data-count]").textContent = staying.length;
      moved += rows.length - staying.length;
      belonging += listed.length;
    }
    const count = Number(document.querySelector("#shows [aria-current] b").textContent.replace(/\D/g, ""));
    const more = isOnePage ? Math.max(0, count - belonging) : 0;
    notice.hidden = !moved && !more;
    const gone = moved && plural(moved, "row moved on", "rows moved on");
    const text = [gone, more && plural(more, "more fits", "more fit")].filter(Boolean).join(", ");
    notice.querySelector("[data-moved]").textContent = `${text}. Nothing leaves the place where you read it.`;
  });
})();
