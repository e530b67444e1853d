/* The line on which a page hears of changes, before live.js, which shows them.

   A browser opens six connections to a server that speaks HTTP/1.1, for all its tabs together, and a stream holds one
   of them. So of all pages in sight three have a stream (Web Locks tell which), and the others ask every few seconds
   what a stream would begin with: GET <address>?once&<since()> answers {"seq": 42, "items": ["<uuid>", …]}.
   A page that asks gets the next stream that is given back.

   keyturnBanner says since when the stream is lost: show({ ended, lostAt, goodAt, retryAt }), hide(), onRetry(call).

   keyturnStream({ address, parts, since(), alive(sendsPings), changed(event), lost() }) returns what closes it. */
(() => {
  "use strict";
  const [STREAMS, ASKS_EVERY] = [3, 2_500]; // milliseconds

  /* One of the places for streams in this browser, as what gives it back; null if all are taken. */
  async function place() {
    if (!navigator.locks) return () => {}; // not offered over plain HTTP, but for this machine
    for (let number = 0; number < STREAMS; number++) {
      const granted = await new Promise((answer) => {
        const hold = (lock) => (lock ? new Promise((done) => answer(done)) : answer(null));
        navigator.locks.request(`keyturn-stream-${number}`, { ifAvailable: true }, hold).catch(() => answer(null));
      });
      if (granted) return granted;
    }
    return null;
  }

  async function missed(page) {
    const headers = { "HX-Request": "true" };
    const url = `${page.address}?once&${page.since()}`;
    const answer = await fetch(url, { headers, credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  window.keyturnStream = (page) => {
    let [isOpen, source, leave, timer] = [true, null, null, 0];

    function close() {
      clearTimeout(timer);
      source?.close();
      leave?.();
      [isOpen, source, leave] = [false, null, null];
    }

    function follow() {
      source = new EventSource(`${page.address}?${page.since()}${page.parts ? "&parts" : ""}`);
      source.addEventListener("open", () => page.alive(false));
      source.addEventListener("ping", () => page.alive(true));
      source.addEventListener("changed", (event) => {
        page.alive(false);
        page.changed(JSON.parse(event.data));
      });
      source.addEventListener("error", page.lost);
    }

    async function open() {
      const granted = await place();
      if (!isOpen) return void granted?.();
      if (granted) {
        leave = granted;
        return void follow();
      }
      try {
        const found = await missed(page);
        if (!isOpen) return;
        page.alive(true);
        page.changed(found);
        timer = setTimeout(open, ASKS_EVERY);
      } catch {
        if (isOpen) page.lost();
      }
    }

    open();
    return { close };
  };

  /* ---- the connection, in words ---- */
  const banner = document.getElementById("connection");
  const part = (name) => banner.querySelector(`[data-connection-${name}]`);
  const clock = (time) => new Date(time).toISOString().slice(11, 19);

  function show({ ended, lostAt, goodAt, retryAt }) {
    const since = Math.round((Date.now() - lostAt) / 1000);
    const wait = Math.max(0, Math.round((retryAt - Date.now()) / 1000));
    if (banner.hidden) hold(true);
    banner.hidden = false;
    document.body.classList.add("stale");
    const says = ended ? "You are signed out here" : "Connection lost";
    if (part("status").textContent !== says) part("status").textContent = says; // it is read aloud when it is written
    part("sign-in").hidden = !ended;
    const next = wait ? `Next try in ${wait} s.` : "Trying now.";
    const stays = ended
      ? "What you typed stays here: sign in in a new tab, then try again."
      : `What you type stays here; keys wait until it is back. ${next}`;
    part("detail").textContent = `${since} s ago. You see things as of ${clock(goodAt)} UTC. ${stays}`;
  }

  /* Whether it was shown. */
  function hide() {
    if (banner.hidden) return false;
    banner.hidden = true;
    part("status").textContent = "";
    document.body.classList.remove("stale");
    hold(false);
    return true;
  }

  function hold(yes) {
    for (const button of document.querySelectorAll("[data-needs-connection]")) {
      if (yes && !button.disabled) {
        button.disabled = true;
        button.dataset.held = "";
        const note = { className: "stale-note", textContent: "Waits for the connection." };
        button.after(Object.assign(document.createElement("span"), note));
      } else if (!yes && "held" in button.dataset) {
        button.disabled = false;
        delete button.dataset.held;
        if (button.nextElementSibling?.matches(".stale-note")) button.nextElementSibling.remove();
      }
    }
  }

  document.addEventListener("htmx:afterSettle", () => document.body.matches(".stale") && hold(true));
  window.keyturnBanner = { show, hide, onRetry: (call) => part("retry").addEventListener("click", call) };
})();
