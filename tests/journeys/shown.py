"""What a page shows now, and what the same page would show if it were loaded now."""

from playwright.sync_api import Page

# What two loads of one page do not share, what only the layout needs, and what a page says of itself.
# Settled rows fold when a board is loaded and never while somebody reads it, so the folds of a section are left out.
# A section's box is sent only without scripts, so that its value is left out too.
COMPARED = """async () => {
  const fetched = async (url, headers = {}) =>
    new DOMParser().parseFromString(await (await fetch(url, { headers })).text(), "text/html");
  const own = "#connection, #notices, #announcer, #found, [data-chosen], [data-count-note], .folded, script";
  const passing = "aria-current aria-busy open tabindex hx-headers data-rows data-touched data-now data-seen "
    + "data-live-url data-live-rows data-live-item data-live-since data-live-shown data-live-refresh data-live-with";
  const lines = (root) => {
    const copy = root.cloneNode(true);
    for (const part of copy.querySelectorAll(own)) part.remove();
    for (const part of [copy, ...copy.querySelectorAll("*")]) {
      part.classList.remove("changed", ...[...part.classList].filter((name) => name.startsWith("htmx-")));
      if (!part.className) part.removeAttribute("class");
      for (const name of passing.split(" ")) part.removeAttribute(name);
      if (part.matches("time[data-relative], #inbox-link")) part.textContent = "";  // the inbox was counted on loading
      if (part.matches("[name=csrfmiddlewaretoken], [name=intent], [name=section]")) part.removeAttribute("value");
      for (const { name, value } of [...part.attributes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
        part.removeAttribute(name);
        part.setAttribute(name, value);
      }
    }
    return copy.outerHTML.replace(/<[^>]*>/g, "\\n$&\\n").split("\\n").map((line) => line.trim()).filter(Boolean);
  };
  const differing = (shown, loaded) => {
    const at = loaded.findIndex((line, number) => line !== shown[number]);
    const around = (all) => all.slice(Math.max(0, at - 2), at + 4);
    return at < 0 && shown.length === loaded.length ? "" : `${around(shown)} INSTEAD OF ${around(loaded)}`;
  };
  const detail = document.getElementById("detail");
  const [loaded, panel] = [await fetched(location.href), detail?.dataset.liveRefresh];
  loaded.getElementById("detail")?.replaceChildren();
  const here = document.body.cloneNode(true);
  here.querySelector("#detail")?.replaceChildren();
  const titles = [document.title, loaded.title].map((title) => title.replace(/\\s+/g, " "));
  if (titles[0] !== titles[1]) return titles.join(" INSTEAD OF ");
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const item = panel ? (await fetched(panel, headers)).getElementById("item-detail") : null;
  const inPanel = item ? differing(lines(detail.querySelector("#item-detail")), lines(item)) : "";
  return differing(lines(here), lines(loaded.body)) || inPanel;
}"""


def expect_as_loaded_now(page: Page, after: str, seconds: float = 8) -> None:
    """Soon everything on the page is as on one that is loaded now."""
    for _ in range(int(seconds / 0.1)):
        differs = page.evaluate(COMPARED)
        if not differs:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.url} after {after} shows {differs}")
