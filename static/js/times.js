/* Moments on every page. The server writes them in UTC and English, the same for everybody; this adds whose page it is.

   <body data-now="…">             the clock of the server, which a browser's may differ from
   <body data-time-zone="Europe/Paris">  the viewer's zone, out of their account; without it UTC is all there is
   time[data-relative][datetime]   its words are updated ("12 min ago"); the same words as apps/core/wording.py
   time[data-countdown][datetime]  "14:56:12 UTC" and beside it, each second, how long that is: "in 38 s"
   time[data-day]                  a day in words, "medium" or "long"
   [data-interval="…Z/…Z"]         from when to when; ".." is an open end
   [data-beside]                   around what people decide by: times in it have the own zone beside, not only on hover
   input[data-time-zone]           a local time of that zone, with what it is in UTC in the [data-in-utc] of its hint
   [data-proposed-zone="id"]       offers the zone of the browser to the select of that id

   Names of days and months are in the language of the browser. Without scripts, all stays as it was written. */
(() => {
  "use strict";
  const DAY = 86_400_000;
  const UNITS = [
    [60, 1, "s", "second"],
    [3600, 60, "min", "minute"],
    [86400, 3600, "h", "hour"],
  ];
  const { now, timeZone } = document.body.dataset;
  /* How far the clock of the server is before the browser's, which may be wrong; milliseconds. */
  const AHEAD = Date.parse(now) - Date.now() || 0;
  const LANGUAGE = navigator.language || "en";
  const isEnglish = /^en\b/i.test(LANGUAGE);

  /* ---- clocks of zones ---- */
  const PARTS = ["year", "month", "day", "hour", "minute", "second"];
  const DIGITS = Object.fromEntries(PARTS.map((part) => [part, "numeric"]));
  const clocks = new Map();
  function clockOf(zone) {
    if (!clocks.has(zone)) {
      try {
        const options = { timeZone: zone, hourCycle: "h23", ...DIGITS };
        clocks.set(zone, new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", options));
      } catch {
        clocks.set(zone, null); // an old browser
      }
    }
    return clocks.get(zone);
  }

  /* What a zone's clocks show at a moment, as the milliseconds of UTC at which those of UTC do. */
  function wall(moment, zone) {
    if (!clockOf(zone)) return moment;
    const at = Object.fromEntries(clockOf(zone).formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
  }

  /* The moments at which they show it: none, one or two; as `readings` of apps/core/clock.py. */
  function readings(local, zone) {
    const found = [-DAY, DAY].map((far) => local - (wall(local + far, zone) - (local + far)));
    return [...new Set(found)].filter((moment) => wall(moment, zone) === local).sort((a, b) => a - b);
  }

  const own = timeZone && clockOf(timeZone) ? timeZone : "";
  const dayOf = (moment) => Math.floor(wall(moment, own || "UTC") / DAY);

  /* ---- words ---- */
  const format = (options, zone = "UTC") => new Intl.DateTimeFormat(LANGUAGE, { timeZone: zone, ...options });
  const HOURS = { hour: "numeric", minute: "2-digit" };
  const DATE = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const days = { medium: format({ dateStyle: "medium" }), long: format({ dateStyle: "long" }) };
  const inUtc = format({ ...DATE, ...HOURS, hourCycle: "h23" });
  const hours = own && format(HOURS, own);
  const whole = own && format({ ...DATE, ...HOURS }, own);
  const named = own && format({ ...DATE, ...HOURS, second: "2-digit", timeZoneName: "short" }, own);
  const ago = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto", style: "short" });

  function englishDay(moment) {
    const month = moment.toLocaleString("en", { month: "short", timeZone: "UTC" });
    return `${moment.getUTCDate()} ${month} ${moment.getUTCFullYear()}`;
  }

  /* `moment` as seen from `now`; from 24 h on, days of the calendar: of the own zone, or of UTC. */
  function relative(moment, now) {
    const seconds = Math.round((moment - now) / 1000);
    const size = Math.abs(seconds);
    const sign = seconds > 0 ? 1 : -1;
    const inEnglish = (count, name) => (seconds > 0 ? `in ${count} ${name}` : `${count} ${name} ago`);
    const from = (count, name, unit) => (isEnglish ? inEnglish(count, name) : ago.format(sign * count, unit));
    if (size < 10) return isEnglish ? "just now" : ago.format(0, "second");
    const [, length, name, unit] = UNITS.find(([limit]) => size < limit) || [];
    if (name) return from(Math.floor(size / length), name, unit);
    const between = Math.abs(dayOf(moment) - dayOf(now));
    if (between === 1 && isEnglish) return seconds > 0 ? "tomorrow" : "yesterday";
    if (between < 30) return from(between, "days", "day");
    return isEnglish ? englishDay(moment) : days.medium.format(moment);
  }

  /* ---- what the server wrote ---- */
  function write(element, words) {
    if (element.textContent !== words) element.textContent = words;
    if (!isEnglish) Object.assign(element, { lang: LANGUAGE, dir: "auto" });
  }

  const ends = (element) =>
    (element.dataset.interval || element.dateTime).split("/").map((end) => Date.parse(end) || null);
  const isSameDay = (moments) => moments.every((moment) => dayOf(moment) === Math.floor(moments[0] / DAY));

  /* One moment, or from the first to the second. */
  const spell = (form, moments) => (moments.length > 1 ? form.formatRange(...moments) : form.format(moments[0]));

  function writeInterval(element) {
    if (isEnglish) return;
    const [start, end] = ends(element);
    const words = spell(inUtc, [start, end].filter(Boolean));
    write(element, `${start ? "" : "… – "}${words}${end ? "" : " – …"} UTC`);
  }

  function addOwnZone(element) {
    const moments = ends(element).filter(Boolean);
    const isDay = "day" in element.dataset;
    if (!own || isDay || !moments.length) return;
    const utc = moments.map((moment) => new Date(moment).toISOString().slice(0, 19).replace("T", " ")).join(" – ");
    element.title = `${utc} UTC · ${spell(named, moments)}, ${own}`;
    if ("relative" in element.dataset || !element.closest("[data-beside]")) return;
    if (element.nextElementSibling?.matches(".own-time")) return;
    const beside = Object.assign(document.createElement("span"), { className: "own-time" });
    const words = document.createElement("span");
    write(words, spell(isSameDay(moments) ? hours : whole, moments));
    beside.append(", ", words, " for you");
    element.after(beside);
  }

  function updateRelative() {
    for (const element of document.querySelectorAll("time[data-relative]"))
      write(element, relative(new Date(element.dateTime), Date.now() + AHEAD));
  }

  function updateCountdowns() {
    for (const element of document.querySelectorAll("time[data-countdown]")) {
      const moment = new Date(element.dateTime);
      const left = Math.max(0, Math.ceil((moment - Date.now() - AHEAD) / 1000));
      const words = isEnglish ? (left ? `in ${left} s` : "now") : ago.format(left, "second");
      write(element, `${moment.toISOString().slice(11, 19)} UTC, ${words}`);
    }
  }

  function update() {
    updateRelative();
    updateCountdowns();
    if (!isEnglish)
      for (const element of document.querySelectorAll("time[data-day]"))
        write(element, days[element.dataset.day].format(Date.parse(element.dateTime)));
    for (const element of document.querySelectorAll("[data-interval]")) writeInterval(element);
    for (const element of document.querySelectorAll("time[datetime], [data-interval]")) addOwnZone(element);
  }
  update();
  setInterval(updateRelative, 20_000);
  setInterval(updateCountdowns, 1_000);
  for (const name of ["htmx:afterSettle", "keyturn:after-replace"]) document.addEventListener(name, update);

  /* ---- a local time, and what it is in UTC ---- */
  function inUtcAs([first, second]) {
    if (first === undefined) return "Clocks go forward over this time: it does not exist.";
    if (second !== undefined) return "Clocks go back over this time: it comes twice, and you will be asked which one.";
    return `That is ${new Date(first).toISOString().slice(0, 16).replace("T", " ")} UTC.`;
  }
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("input[data-time-zone]")) return;
    const note = document.querySelector(`#${target.id}_helptext [data-in-utc]`);
    const local = Date.parse(`${target.value}Z`);
    if (!note || !clockOf(target.dataset.timeZone)) return;
    const found = Number.isNaN(local) ? null : readings(local, target.dataset.timeZone);
    note.textContent = found ? inUtcAs(found) : "";
  });

  /* ---- the zone of the browser ---- */
  const offer = document.querySelector("[data-proposed-zone]");
  const select = offer && document.getElementById(offer.dataset.proposedZone);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select && select.value !== here && [...select.options].some(({ value }) => value === here)) {
    offer.querySelector("[data-zone-name]").textContent = here;
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      select.value = here;
      select.dataset.touched = "1"; // form.js
      offer.hidden = true;
      select.focus();
    });
  }
})();
