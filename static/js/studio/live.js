/* What others edit appears: the stream says that there is a newer entry, and the page fetches what that changed. */
(() => {
  "use strict";
  const { keyturnStudio: studio, keyturnStream, keyturnBanner: banner } = window;
  const { studioLive } = document.body.dataset;
  if (!studio || !studioLive || !keyturnStream) return;
  const [TOGETHER, SLOWEST, GRACE] = [120, 30_000, 1_200]; // milliseconds
  let [source, tries, lostAt, retryAt, goodAt, timer, ended] = [null, 0, 0, 0, Date.now(), 0, false];

  function open() {
    source?.close();
    const since = () => `after=${studio.since}`;
    source = keyturnStream({ address: studioLive, parts: false, since, alive, changed, lost });
  }

  function alive() {
    [goodAt, tries, lostAt, ended] = [Date.now(), 0, 0, false];
    banner.hide();
  }

  function changed({ seq }) {
    if (seq === null) document.dispatchEvent(new CustomEvent("keyturn:here-changed"));
    if (seq > studio.since) timer ||= setTimeout(fetchParts, TOGETHER);
  }

  /* One's own edits bring the same with their answers. */
  async function fetchParts() {
    timer = 0;
    if (studio.waits()) return void (timer = setTimeout(fetchParts, TOGETHER));
    const ask = fetch(`${studio.base}rows/?since=${studio.since}`, {
      headers: { "HX-Request": "true" },
      redirect: "error",
    });
    const answer = await ask.catch(() => null);
    if (answer?.ok) return void studio.show(await answer.text());
    if (answer && [401, 403, 404].includes(answer.status)) ended = true;
    lost();
  }

  function lost() {
    source?.close();
    source = null;
    lostAt ||= Date.now();
    retryAt = Date.now() + Math.min(SLOWEST, 1000 * 2 ** tries++) * (0.8 + Math.random() * 0.4);
  }

  setInterval(() => {
    if (!lostAt) return;
    if (!source && !document.hidden && Date.now() >= retryAt) open();
    if (Date.now() - lostAt > GRACE) banner.show({ ended, lostAt, goodAt, retryAt: source ? 0 : retryAt });
  }, 500);
  banner.onRetry(() => ([tries, retryAt] = [0, 0]));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) open();
  });
  window.addEventListener("pagehide", () => source?.close());
  if (!document.hidden) open();
})();
