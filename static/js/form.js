/* Forms and small courtesies, on every page. Each works on top of what the server already does without JavaScript.

   form                                a submitted form's button is disabled and aria-busy until the answer is there
   time[data-relative][datetime]       its words are kept fresh ("12 min ago"); same words as apps/core/templatetags/ui.py
   textarea[maxlength], input[data-count]   a count appears once four fifths are used
   input[type=file][data-paste]        an image pasted anywhere on the page lands in it
   [data-copy="#id"]                   a button that copies the text of #id
   [data-autosubmit]                   a select or checkbox that submits its form when changed

   Typed text survives swaps: before `htmx:beforeSwap` and `keyturn:before-replace` (live.js) fields that differ from what
   the server sent are remembered by form action and name, and put back when such a field is on the page again: also when an
   item's panel was left half written and is opened later. The form that was just accepted is forgotten. */
(() => {
  "use strict";

  /* ---- one click, one act ---- */
  const busy = new Map();

  function engage(form, button) {
    const control = button || form.querySelector("button:not([type=button])");
    if (!control || control.disabled) return;
    busy.set(form, control);
    control.setAttribute("aria-busy", "true");
    control.disabled = true;
  }

  function release(form) {
    const control = busy.get(form);
    busy.delete(form);
    if (!control) return;
    control.removeAttribute("aria-busy");
    control.disabled = false;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (busy.has(form)) return void event.preventDefault();
    if (event.defaultPrevented || form.matches("[hx-boost]") || form.target === "_blank") return;
    busy.set(form, null); // from now on: a second click may come before the timer
    setTimeout(() => engage(form, event.submitter)); // after the browser has read the button's own name and value
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.requestConfig.verb !== "get") document.getElementById("notices")?.replaceChildren(); // old news
    const form = event.detail.elt.closest("form");
    if (form && event.detail.requestConfig.verb !== "get") engage(form, event.detail.requestConfig.triggeringEvent?.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => release(event.detail.elt.closest("form")));
  window.addEventListener("pageshow", (event) => { if (event.persisted) [...busy.keys()].forEach(release); });

  /* Nobody was reached: say so instead of nothing. Answers with a body (refusals, 422) are swapped by htmx itself. */
  const say = (strong, rest) => {
    const notice = document.createElement("p");
    notice.className = "notice failed";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("strong"), { textContent: strong }), " ", rest);
    document.getElementById("notices")?.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:sendError", () => say("✕ Not sent.", "Keyturn could not be reached. What you typed is still here; try again."));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status >= 500) say("✕ Not done.", "Something went wrong on our side. Reload the page to see how things are, then try again.");
    if (status === 404) say("✕ Not found.", "This is gone or no longer yours to see. Reload the page.");
  });

  /* ---- typed text survives ---- */
  const typed = new Map();
  const isBox = (field) => field.matches("[type=radio], [type=checkbox]");
  const keyOf = (field) => [field.form?.getAttribute("action"), field.name, isBox(field) ? field.value : ""].join(" ");
  const isDirty = (field) => field.name && field.type !== "hidden" && field.type !== "password" && field.type !== "file"
    && (isBox(field) ? field.checked !== field.defaultChecked
      : field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.dataset.touched
      : field.value !== field.defaultValue);
  const FIELDS = "input, textarea, select";

  function remember(root, except) {
    for (const field of root.querySelectorAll(FIELDS)) {
      if (!field.form?.getAttribute("action")) continue;
      if (field.form === except) typed.delete(keyOf(field));
      else if (isDirty(field)) typed.set(keyOf(field), isBox(field) ? field.checked : field.value);
    }
  }

  function restore(root) {
    if (!typed.size) return;
    for (const field of root.querySelectorAll(FIELDS)) {
      const key = keyOf(field);
      if (!typed.has(key)) continue;
      if (isBox(field)) field.checked = typed.get(key);
      else field.value = typed.get(key);
      typed.delete(key);
    }
  }

  document.addEventListener("change", (event) => { if (event.target.matches("select")) event.target.dataset.touched = "1"; });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    const accepted = xhr.status < 400 ? requestConfig.elt.closest("form") : null;
    if (target) remember(target, accepted);
  });
  document.addEventListener("htmx:afterSettle", (event) => { restore(document.body.contains(event.target) ? event.target : document.body); freshen(); });
  document.addEventListener("keyturn:before-replace", (event) => remember(event.target));
  document.addEventListener("keyturn:after-replace", (event) => { restore(event.target); freshen(); });

  /* ---- relative times ---- */
  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  function relative(seconds, moment) {
    const size = Math.abs(seconds), ahead = seconds > 0;
    if (size < 10) return "just now";
    for (const [limit, unit, name] of [[MINUTE, 1, "s"], [HOUR, MINUTE, "min"], [DAY, HOUR, "h"]])
      if (size < limit) return ahead ? `in ${Math.floor(size / unit)} ${name}` : `${Math.floor(size / unit)} ${name} ago`;
    const days = Math.floor(size / DAY);
    if (days === 1) return ahead ? "tomorrow" : "yesterday";
    if (days < 30) return ahead ? `in ${days} days` : `${days} days ago`;
    return `${moment.getUTCDate()} ${moment.toLocaleString("en", { month: "short", timeZone: "UTC" })} ${moment.getUTCFullYear()}`;
  }
  function freshen() {
    for (const element of document.querySelectorAll("time[data-relative]")) {
      const moment = new Date(element.dateTime);
      const words = relative(Math.round((moment - Date.now()) / 1000), moment);
      if (element.textContent !== words) element.textContent = words;
    }
  }
  setInterval(freshen, 20_000);

  /* ---- counts, pasting, copying ---- */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("textarea[maxlength], input[data-count]")) return;
    let note = field.nextElementSibling;
    if (!note?.matches("[data-count-note]")) {
      note = Object.assign(document.createElement("small"), { className: "muted" });
      note.dataset.countNote = "";
      field.after(note);
    }
    note.textContent = field.value.length >= field.maxLength * 0.8 ? `${field.value.length} of ${field.maxLength} characters` : "";
  });

  document.addEventListener("paste", (event) => {
    const images = [...(event.clipboardData?.files || [])].filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector("input[type=file][data-paste]");
    if (!images.length || !input) return;
    event.preventDefault();
    const bag = new DataTransfer();
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
    const extension = images[0].type.split("/")[1].replace("jpeg", "jpg").replace(/[^a-z0-9]/g, "");
    bag.items.add(new File([images[0]], `pasted-${stamp}.${extension}`, { type: images[0].type }));
    input.files = bag.files;
    input.closest("details")?.setAttribute("open", "");
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.scrollIntoView({ block: "center" });
    input.focus();
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = "The pasted image is ready to be attached.";
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select the text and copy it";
    }
    setTimeout(() => { button.textContent = words; }, 2500);
  });

  document.addEventListener("change", (event) => { if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit(); });

  freshen();
})();
