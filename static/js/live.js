/* What others do appears in place. Loaded behind stream.js by pages that follow a stream; without it the page is as of
   its load.

   The page says, on <body>:
     data-live-url     the event stream, e.g. /live/deployments/<uuid>/
     data-live-since   sequence number of the last ledger entry the page shows (-1 for none)
     data-live-shown   the state it shows of what no entry says: who is in the team, how far probes are
     data-live-rows    where changed parts are fetched, as the person who is signed in
     data-live-fetches it shows other parts than the stream sends, so it fetches what changed
     data-live-again   on an element: something changes by time alone, so parts are fetched every 20 s while it is there
     data-live-item    uuid, if the page shows one item only: changes of other items are passed over

   The server sends (text/event-stream), after an `after=<sequence>&shown=<state>` in the query:
     changed   id 42, data {"seq": 42, "items": ["<uuid>", …], "parts": "<gzip in Base64>"}; no items: anything may have
     ping      at least every 20 s; a stream silent for 50 s counts as lost
   On (re)connecting it first sends one `changed` for everything after that. Sequences grow: old ones are ignored.

   Parts are shown if nothing else waits; otherwise this file GETs <data-live-rows>?items=<uuid>,…&since=<sequence>,
   and where no items are named, or an item is all that is shown, the whole page anew, with &since=<sequence>.
   All are HTML: any number of elements with ids. Each replaces the element of that id wherever it stands; one
   whose id the page lacks is left out. `hx-swap-oob` on them means nothing here. Special ids and attributes:
     <p id="announcer" data-shown="<state>">…</p>     not swapped: its text is read to screen readers
     data-live-within            on an element with an id: not replaced, but what it holds is
     data-live-never             the page's own: neither replaced, nor what it holds
     data-live-refresh="<url>" data-live-with="item-7"   on an element of the page (board.js sets it on the open panel):
                                 fetched too when the answer held that row, and shown the same way
     data-live-others            on an element of an item: it shows what becomes of other items too
     data-live-stay="<id>"       on an element with an id: it stays, behind that id, where what replaces it lacks it
     data-live-keep              on an element: it stays while it holds focus or unsent text; its words are a .notice
                                 with a button that shows what is new around what was typed
   Scroll, focus, caret and typed text stay where they are (form.js restores fields around `keyturn:before-replace`).

   When the stream breaks: #connection (base.html) says since when and as of when, <body> gets .stale, and every
   [data-needs-connection] button waits, until the stream is back and what was missed has been shown. */
(() => {
  "use strict";
  const { keyturnStream, keyturnBanner: banner } = window;
  const { liveUrl, liveRows, liveSince, liveShown, liveItem } = document.body.dataset;
  if (!liveUrl || !window.EventSource) return;

  // Milliseconds. Several entries of one act arrive together; what arrives during a fetch waits a little longer.
  const [HIDDEN_FOR, SILENT_FOR, GRACE, SLOWEST, TOGETHER, AGAIN] = [2_000, 50_000, 1_200, 30_000, 10, 200];
  const BY_TIME = 20_000;
  const MOST = 100; // items that are fetched one by one
  const announcer = document.getElementById("announcer");
  const PART = "[id]:not([data-live-within])";
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  let [source, ended, pings] = [null, false, false]; // the stream, whether the session ended, whether it sends pings
  let [tries, retryAt, lostAt, goodAt] = [0, 0, 0, Date.now()];
  let shown = Number(liveSince ?? -1); // the sequence that the page shows
  let state = liveShown; // of what no entry says
  let known = shown; // the newest that the stream named
  let [pending, whole, fetching, ready] = [new Set(), false, false, null]; // ready: parts to show instead of a fetch
  let [over, later] = [false, false]; // nothing changes any more; something did around a form that waits for its answer
  let [hideTimer, fetchTimer] = [0, 0];
  const showsOthers = (part) => part.querySelector("[data-live-others]") !== null;
  let newest = () => {}; // shows what a .notice says is new
  const blob = (text) => new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))]);
  const gunzip = () => new DecompressionStream("gzip");
  const unpack = (text) => new Response(blob(text).stream().pipeThrough(gunzip())).text();
  const asked = (query) => `${liveRows}${liveRows.includes("?") ? "&" : "?"}${query}`;
  const isIdle = () => !pending.size && !whole && !fetching;

  /* ---- the stream ---- */
  function open() {
    close();
    const parts = !liveItem && !("liveFetches" in document.body.dataset) && Boolean(window.DecompressionStream);
    const since = () => `after=${shown}&shown=${state}`;
    source = keyturnStream({ address: liveUrl, parts, since, alive, changed: heard, lost });
  }

  function close() {
    source?.close();
    source = null;
  }

  function alive(sendsPings) {
    pings ||= sendsPings;
    [goodAt, tries] = [Date.now(), 0];
    // What was missed comes first, at once; nothing coming means nothing was.
    if (lostAt) setTimeout(() => lostAt && source && isIdle() && found(), 400);
  }

  function lost() {
    close();
    if (document.hidden && hideTimer === -1) return; // we closed it ourselves
    lostAt ||= Date.now();
    if (tries === 1) askWhy();
    retryAt = Date.now() + Math.min(SLOWEST, 1000 * 2 ** tries++) * (0.8 + Math.random() * 0.4);
  }

  /* A stream says only that it failed. The same page asked plainly tells a lost line from a session that ended. */
  async function askWhy() {
    try {
      const headers = { "HX-Request": "true" };
      const answer = await fetch(asked(`since=${known}`), { headers, redirect: "manual" });
      ended = answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);
    } catch {
      /* the line is down; the next try will tell */
    }
  }

  /* ---- what changed ---- */
  function heard({ seq, items, parts }) {
    if (seq !== null && seq !== undefined && seq <= shown) return;
    known = Math.max(known, seq ?? known);
    if (liveItem && items?.length && !items.includes(liveItem) && !showsOthers(document)) {
      if (isIdle()) shown = known;
      return;
    }
    ready = isIdle() && parts;
    if (items?.length) items.forEach((item) => pending.add(item));
    else whole = true;
    fetchTimer ||= setTimeout(collect, TOGETHER);
  }

  async function collect() {
    fetchTimer = 0;
    if (fetching) return;
    fetching = true;
    const [items, target, parts, anew] = [[...pending], known, ready, whole || liveItem || pending.size > MOST];
    pending = new Set();
    whole = false;
    try {
      const fetched = () => (anew ? page() : get(asked(`items=${items.join(",")}&since=${shown}`)));
      const changed = show(await (parts && !anew ? unpack(parts) : fetched()));
      for (const open of document.querySelectorAll("[data-live-refresh]"))
        if (changed.has(open.dataset.liveWith) || (changed.size && showsOthers(open)))
          show(await get(open.dataset.liveRefresh));
      shown = Math.max(shown, target);
      goodAt = Date.now();
      if (lostAt && source) found();
    } catch {
      items.forEach((item) => pending.add(item));
      whole = true;
      lost();
    } finally {
      fetching = false;
      if ((pending.size || whole) && source) fetchTimer ||= setTimeout(collect, AGAIN);
    }
  }

  setInterval(() => {
    if (!source || !isIdle() || !document.querySelector("[data-live-again]")) return;
    ready = null;
    fetchTimer ||= setTimeout(collect, TOGETHER);
  }, BY_TIME);

  // Replaced before its answer came, a form would take along what the answer says.
  document.addEventListener("htmx:afterRequest", () => {
    if (!later) return;
    [later, whole] = [false, true];
    fetchTimer ||= setTimeout(collect, TOGETHER);
  });

  /* The page as it is now, seen as it is seen here; and a part of it. That of an item may be the answer to a form that
     was refused, and then stands at the address of that form, where nothing can be fetched. */
  const page = () => {
    const view = new URLSearchParams(location.search);
    view.set("since", shown);
    return get(`${liveItem ? liveRows : location.pathname}?${view}`, {});
  };
  async function get(url, headers = { "HX-Request": "true", "HX-Current-URL": location.href }) {
    const answer = await fetch(url, { headers, credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  }

  /* Put each part of an answer in its place; return the ids it held. */
  function show(html) {
    const ids = new Set();
    const parsed = new DOMParser().parseFromString(html, "text/html"); // scripts in it do not run
    for (const fresh of parsed.querySelectorAll(PART)) {
      ids.add(fresh.id);
      const around = fresh.parentElement?.closest(PART);
      if (around && document.getElementById(around.id)) continue;
      if (fresh.id === "announcer") say(fresh.textContent);
      else replace(document.getElementById(fresh.id), fresh);
    }
    state = parsed.querySelector("[data-shown]")?.dataset.shown || parsed.body.dataset.liveShown || state;
    over ||= Boolean(parsed.getElementById("main")) && !parsed.body.dataset.liveUrl;
    if (over) close();
    return ids;
  }

  function replace(old, fresh) {
    if (!old || old.matches("[data-live-never]")) return;
    if (old.querySelector(".htmx-request")) return void (later = true);
    fresh.removeAttribute("hx-swap-oob");
    if (bare(old).isEqualNode(bare(fresh))) return;
    const held = old.matches("[data-live-keep]") ? old : old.querySelector("[data-live-keep]");
    if (held && isInUse(held)) return void mark(held, old, fresh);
    swap(old, fresh);
  }

  function swap(old, fresh) {
    const focus = old.contains(document.activeElement) ? pathTo(document.activeElement) : null;
    const current = old.matches(".item") && old.querySelector("[aria-current]");
    const picked = old.querySelector(".pick")?.checked;
    const { hidden } = old;
    const places = [...old.querySelectorAll("*")]
      .filter((element) => element.scrollTop)
      .map((element) => [pathTo(element), element.scrollTop]);
    const opened = [...old.querySelectorAll("details[open][id]")].map((element) => element.id);
    old.dispatchEvent(new CustomEvent("keyturn:before-replace", { bubbles: true }));
    const adopted = document.adoptNode(fresh);
    const stays = old.querySelector("[data-live-stay]");
    old.replaceWith(adopted);
    if (stays && !document.getElementById(stays.id)) document.getElementById(stays.dataset.liveStay)?.after(stays);
    if (adopted.matches(".item")) adopted.hidden = hidden; // filter.js says
    if (current) adopted.querySelector("a")?.setAttribute("aria-current", "true");
    if (picked && adopted.querySelector(".pick")) adopted.querySelector(".pick").checked = true;
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    window.htmx?.process(adopted);
    adopted.dispatchEvent(new CustomEvent("keyturn:after-replace", { bubbles: true }));
    for (const [find, top] of places) {
      const element = find(adopted);
      if (element) element.scrollTop = top;
    }
    if (focus) refocus(focus(adopted), focus.caret);
    adopted.classList.add("changed");
  }

  /* The element as the server wrote it, without what the page did to it since and what differs in every answer. */
  function bare(element) {
    const copy = element.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("*")]) {
      one.classList.remove("changed", ...[...one.classList].filter((name) => name.startsWith("htmx-")));
      if (!one.className) one.removeAttribute("class");
      for (const name of ["aria-current", "aria-busy", "data-held", "data-touched", "open", "disabled"])
        one.removeAttribute(name);
      if (one.matches(".item")) one.removeAttribute("hidden");
      if (one.matches("time, [data-interval]")) {
        one.textContent = ""; // times.js; their attributes say the same
        for (const name of ["title", "lang", "dir"]) one.removeAttribute(name);
      }
      if (one.matches("input[type=hidden]")) one.removeAttribute("value");
      if (one.matches("[data-count-note], [data-live-note], .stale-note, .own-time")) one.remove();
    }
    return copy;
  }

  /* A way to find, in the new element, what stood at the same place in the old one. */
  function pathTo(element) {
    const steps = [];
    const caret = "selectionStart" in element ? [element.selectionStart, element.selectionEnd] : null;
    const { id, name } = element;
    for (let at = element; at && !at.id; at = at.parentElement)
      steps.unshift([...at.parentElement.children].indexOf(at));
    const find = (root) =>
      (id && root.ownerDocument.getElementById(id)) ||
      (name && root.querySelector(`[name="${CSS.escape(name)}"]`)) ||
      steps.reduce((at, step) => at?.children[step], root);
    return Object.assign(find, { caret });
  }

  function refocus(element, caret) {
    element?.focus({ preventScroll: true });
    const isText = [...(caret || [null]), element?.selectionStart].every((at) => typeof at === "number");
    if (isText) element.setSelectionRange(...caret); // elsewhere the caret is null
  }

  const isInUse = (element) =>
    (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) ||
    [...element.querySelectorAll("input:not([type=hidden]), textarea")].some((field) =>
      field.matches("[type=checkbox], [type=radio]")
        ? field.checked !== field.defaultChecked
        : field.value !== field.defaultValue || (field.form?.matches("[data-unsent]") && field.value),
    );

  function mark(element, old, fresh) {
    newest = () => swap(old, fresh);
    if (element.querySelector(":scope > [data-live-note]")) return;
    const note = make("p", { className: "notice half", role: "alert" });
    note.dataset.liveNote = "";
    note.append(
      make("strong", { textContent: element.dataset.liveKeep || "This changed while you were typing." }),
      " ",
      make("span", { textContent: "What you typed is kept. " }),
      make("button", { type: "button", className: "btn small", textContent: "Show it now", onclick: () => newest() }),
    );
    element.prepend(note);
  }

  function say(words) {
    if (announcer && words.trim()) announcer.textContent = words.trim();
  }

  /* ---- the connection ---- */
  function tick() {
    if (source && pings && Date.now() - goodAt > SILENT_FOR) lost();
    if (!lostAt) return;
    if (!source && !ended && !document.hidden && Date.now() >= retryAt) open();
    if (Date.now() - lostAt < GRACE) return;
    banner.show({ ended, lostAt, goodAt, retryAt: source ? 0 : retryAt });
  }

  function found() {
    lostAt = 0;
    if (banner.hide()) say("The connection is back; everything is up to date.");
  }

  banner.onRetry(() => {
    [tries, retryAt, ended] = [0, 0, false];
    open();
    tick();
  });
  window.addEventListener("offline", () => source && lost());
  window.addEventListener("online", () => ([tries, retryAt] = [0, 0]));

  /* A stream is held while the page is in sight, not since that changed: one opened in the background never was. */
  function followSight() {
    clearTimeout(hideTimer);
    if (document.hidden)
      hideTimer = setTimeout(() => {
        hideTimer = -1;
        close();
      }, source && HIDDEN_FOR);
    else {
      if (!source && !lostAt && !over) open();
      hideTimer = 0;
    }
  }
  document.addEventListener("visibilitychange", followSight);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && followSight());

  setInterval(tick, 500);
  followSight();
})();
