/* The line on which a page hears of changes, before live.js, which shows them.

   A browser opens six connections to a server that speaks HTTP/1.1, for all its tabs together, and a stream holds one
   of them. So of all pages in sight three have a stream (Web Locks tell which), and the others ask every few seconds
   what a stream would begin with: GET <address>?once&after=<sequence> answers {"seq": 42, "items": ["<uuid>", …]}.
   A page that asks gets the next stream that is given back.

   keyturnStream({ address, parts, shown(), alive(sendsPings), changed(event), lost() }) returns what closes it. */
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
    const url = `${page.address}?once&after=${page.shown()}`;
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
      source = new EventSource(`${page.address}?after=${page.shown()}${page.parts ? "&parts" : ""}`);
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
})();
