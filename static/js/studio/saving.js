/* Every edit goes through one queue: sent in order, one at a time, and sent again until the server has answered. What
   waits is in sessionStorage too, so that it outlives a reload; an edit that was made already is not made twice, since
   it carries an intent.

   keyturnStudio.send({ path, body, words, of, field, seen, was }) adds an edit:
     path    below the address of the draft; body: [[name, value], …]; words: what it is about, for the line
     of, field, seen, was    of a field: whose it is ("items/backup"), its name, the digest of what it showed, that text
   It returns the edit; events on document say what becomes of one, with it as `detail.edit`:
     keyturn:saved     detail.news is #news of the answer
     keyturn:differs   somebody saved that field meanwhile; detail.html says what
     keyturn:refused   detail.words says why

   #saving (role=status) says in words how things stand. */
(() => {
  "use strict";
  const studio = window.keyturnStudio;
  if (!studio) return;
  const STORE = `keyturn-studio ${studio.base}`;
  const SLOWEST = 15_000; // milliseconds between two tries
  const WHY = {
    401: "You are signed out here",
    429: "Too much at once",
    503: "The database is busy or away",
    507: "The server’s disk is full",
  };
  const line = document.getElementById("saving");
  let queue = stored();
  let [sending, tries, timer, status] = [null, 0, 0, ""];
  const added = new Map(); // keys of new items by the intent that made them, for edits that were queued behind them

  function stored() {
    try {
      return JSON.parse(sessionStorage.getItem(STORE)) || [];
    } catch {
      return [];
    }
  }

  function store() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(queue));
    } catch {
      /* it lasts as long as the page */
    }
  }

  /* Not offered over plain HTTP by every browser. */
  function intentOf() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = [...crypto.getRandomValues(new Uint8Array(16))];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function send(edit) {
    const last = queue.findLast((one) => edit.field && one.of === edit.of && one.field === edit.field);
    if (last && last !== sending) Object.assign(last, { body: edit.body, intent: intentOf() });
    else queue.push({ ...edit, intent: intentOf() });
    store();
    next();
    return last && last !== sending ? last : queue.at(-1);
  }

  function next() {
    if (sending || timer) return void showLine();
    if (!queue.length) return void showLine();
    sending = queue[0];
    showLine();
    post(sending).then(answered, lost);
  }

  async function post(edit) {
    const body = new URLSearchParams(edit.body.map(([name, value]) => [name, resolved(value)]));
    body.set("intent", edit.intent);
    if (edit.field) {
      body.set("only", edit.field);
      body.set("basis", edit.seen);
    }
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "HX-Request": "true", "X-CSRFToken": token };
    const url = `${studio.base}${edit.path}?since=${studio.since}`;
    const signal = AbortSignal.timeout(20_000);
    const answer = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
    return { answer, html: await answer.text() };
  }

  /* "@<intent>" stands for the item that the edit of this intent makes. */
  const resolved = (value) => (value.startsWith("@") ? added.get(value.slice(1)) || "" : value);

  function answered({ answer, html }) {
    const edit = sending;
    if (answer.ok) return saved(edit, html);
    if (renewed(answer)) return later();
    if ([401, 429].includes(answer.status) || answer.status >= 500) return later(String(answer.status));
    finish();
    if (answer.status === 409 && html.includes('id="merge"')) announce("differs", { edit, html });
    else announce("refused", { edit, words: answer.status === 404 ? "it was removed meanwhile." : wordsOf(html) });
    next();
  }

  /* A refusal as the notices would show it, without the sign before it. */
  function wordsOf(html) {
    const text = new DOMParser().parseFromString(html, "text/html").body.textContent;
    return text.replace(/\s+/g, " ").replace(/^ ?✕ [^.]*\. ?/, "").trim();
  }

  /* A page from before signing in again gets the token of now, and tries once more. */
  function renewed(answer) {
    const token = JSON.parse(answer.headers.get("HX-Trigger") || "{}")["keyturn:token"];
    if (!token) return false;
    document.body.dispatchEvent(new CustomEvent("keyturn:token", { bubbles: true, detail: { value: token } }));
    return true;
  }

  function saved(edit, html) {
    finish();
    [tries, status] = [0, ""];
    const keys = /data-added="([^"]*)"/.exec(html)?.[1].split(" ").filter(Boolean) || [];
    if (keys.length) added.set(edit.intent, keys.at(-1));
    const digest = /data-saved="([^"]*)"/.exec(html)?.[1];
    const isSame = (one) => edit.field && one.of === edit.of && one.field === edit.field;
    for (const one of queue) if (digest && isSame(one)) one.seen = digest;
    store();
    announce("saving", { edit, keys });
    const news = studio.show(html);
    announce("saved", { edit, news, seen: digest });
    next();
  }

  function finish() {
    queue = queue.filter((one) => one !== sending);
    sending = null;
    store();
  }

  const lost = () => later();

  function later(why = "") {
    sending = null;
    status = why || "lost";
    timer = setTimeout(tryNow, Math.min(SLOWEST, 1000 * 2 ** tries++));
    showLine();
  }

  function tryNow() {
    clearTimeout(timer);
    timer = 0;
    next();
  }

  const announce = (name, detail) => document.dispatchEvent(new CustomEvent(`keyturn:${name}`, { detail }));
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const plural = (number, one, many) => `${number} ${number === 1 ? one : many}`;

  function showLine() {
    if (!line) return;
    const waits = `${plural(queue.length, "change waits", "changes wait")} in this page`;
    if (status && queue.length) {
      const ended = status === "401";
      const textContent = `${WHY[status] || "Not connected"}: ${waits}`;
      const strong = make("strong", { className: "why half", textContent });
      const link = make("a", { href: "/sign-in/", target: "_blank", textContent: "Sign in in a new tab" });
      const button = make("button", { type: "button", className: "linklike", textContent: "Try now", onclick: tryNow });
      return write(strong, " ", ...(ended ? [link, " "] : []), button);
    }
    if (queue.length) return write(make("strong", { textContent: `Saving ${queue[0].words}…` }));
    if (line.querySelector("[data-failed]")) return;
    if (line.dataset.busy) {
      const strong = make("strong", { textContent: "All saved" });
      write(strong, ` ${new Date().toISOString().slice(11, 19)}`);
    }
  }

  function write(...parts) {
    line.dataset.busy = "1";
    const words = parts.map((part) => part.textContent ?? part).join("");
    if (line.textContent !== words) line.replaceChildren(...parts);
  }

  function showRefusal({ detail }, words = detail.words) {
    const strong = make("strong", { className: "why half", textContent: `${detail.edit.words} is not saved: ` });
    strong.dataset.failed = "";
    write(strong, words);
  }
  document.addEventListener("keyturn:refused", (event) => showRefusal(event));
  document.addEventListener("keyturn:differs", (event) =>
    showRefusal(event, "somebody else changed it. Both texts are there."),
  );
  document.addEventListener("keyturn:saved", () =>
    line?.querySelector("[data-failed]")?.removeAttribute("data-failed"),
  );

  window.addEventListener("online", tryNow);
  document.addEventListener("visibilitychange", () => !document.hidden && timer && tryNow());
  window.addEventListener("beforeunload", (event) => {
    document.dispatchEvent(new CustomEvent("keyturn:leaving"));
    if (queue.length) event.preventDefault();
  });

  Object.assign(studio, { send, waits: () => queue.length, intentOf });
  if (queue.length) next();
})();
