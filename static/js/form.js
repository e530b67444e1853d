/* Forms, keys and copying, on every page. Each adds to what the server already does without JavaScript.

   form                            a submitted form's button is disabled and aria-busy until the answer is there
   textarea[maxlength]             a count appears once four fifths are used
   input[type=file][data-paste]    takes an image pasted anywhere on the page, but not where text is pasted into a field
   [data-copy="#id"]               a button that copies the text of #id
   [data-sign-passkey]             a button that asks a passkey; [data-script] does it, and is loaded only then
   <body data-keys-off>            letter keys do nothing: the viewer switched them off in their account

   Typed text survives swaps: on `htmx:beforeSwap` and `keyturn:before-replace` (live.js) fields that differ from
   what the server sent are remembered by form action and name, and restored when such a field is on the page again,
   also when an item's panel was left half written and is opened later. A form that was accepted is forgotten.
   [data-unsent] marks a form that came back with what was typed, so that it differs although the server sent it.
   Whoever leaves a page with unsent text is asked first. What held the focus hands it to its successor. */
(() => {
  "use strict";

  /* ---- a form is submitted once ---- */
  const busy = new Map();

  function disable(form, button) {
    const control = button || form.querySelector("button:not([type=button])");
    if (!control || control.disabled) return;
    busy.set(form, control);
    control.setAttribute("aria-busy", "true");
    control.disabled = true;
  }

  function enable(form) {
    const control = busy.get(form);
    busy.delete(form);
    if (!control) return;
    control.removeAttribute("aria-busy");
    control.disabled = false;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (busy.has(form)) return void event.preventDefault();
    if (event.defaultPrevented || form.matches("[hx-post]") || form.target === "_blank") return;
    busy.set(form, null); // at once, because a second click may come before the timer
    setTimeout(() => disable(form, event.submitter)); // a disabled button's name and value would not be sent
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, requestConfig } = event.detail;
    if (requestConfig.verb === "get") return;
    document.getElementById("notices")?.replaceChildren(); // notices of an earlier act
    const form = elt.closest("form");
    if (form) disable(form, requestConfig.triggeringEvent?.submitter);
  });
  document.addEventListener("htmx:afterRequest", (event) => enable(event.detail.elt.closest("form")));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) [...busy.keys()].forEach(enable);
  });

  /* Without an answer, or with one that htmx does not swap, a notice says so. Refusals and 422 are swapped by htmx. */
  const showNotice = (strong, rest) => {
    const notice = document.createElement("p");
    notice.className = "notice failed";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("strong"), { textContent: strong }), " ", rest);
    document.getElementById("notices")?.replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  };
  /* A plain sentence is no part of a page: why a request did not get as far as the pages (project/bodies.py). */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || !xhr.getResponseHeader("Content-Type")?.startsWith("text/plain")) return;
    [event.detail.shouldSwap, event.detail.isError] = [false, false];
    showNotice("✕ Not done.", xhr.responseText);
  });
  /* Why our side failed is shown in our words (FragmentMiddleware), while a proxy in between may send a whole page. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 500 && xhr.getResponseHeader("HX-Retarget"))
      Object.assign(event.detail, { shouldSwap: true, isError: false });
    if (!/^\s*<!doctype/i.test(xhr.responseText)) return;
    event.detail.shouldSwap = false;
    showNotice("✕ Not done.", "A page came instead of an answer. What you typed is still here; try again in a moment.");
  });
  /* After signing in again elsewhere, this page's token is of before; the answer brings the one of now. */
  document.addEventListener("keyturn:token", (event) => {
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": event.detail.value }));
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = event.detail.value;
  });
  document.addEventListener("htmx:sendError", () =>
    showNotice("✕ Not sent.", "Keyturn could not be reached. What you typed is still here; try again."),
  );
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const ours = "Something went wrong on our side. Reload the page to see how things are, then try again.";
    if (status >= 500) showNotice("✕ Not done.", ours);
    if (status === 404) showNotice("✕ Not found.", "This is gone or no longer yours to see. Reload the page.");
  });

  /* ---- typed text survives swaps ---- */
  const typed = new Map();
  const isBox = (field) => field.matches("[type=radio], [type=checkbox]");
  const keyOf = (field) => [field.form?.getAttribute("action"), field.name, isBox(field) ? field.value : ""].join(" ");
  const isDirty = (field) =>
    field.name &&
    field.type !== "hidden" &&
    field.type !== "password" &&
    (field.type === "file"
      ? field.files.length > 0
      : isBox(field)
      ? field.checked !== field.defaultChecked
      : field.matches("select")
        ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.dataset.touched
        : field.value !== field.defaultValue || (field.value !== "" && Boolean(field.form?.matches("[data-unsent]"))));
  const FIELDS = "input, textarea, select";
  const valueOf = (field) => (isBox(field) ? field.checked : field.value);

  function remember(root, except) {
    for (const field of root.querySelectorAll(FIELDS)) {
      if (!field.form?.getAttribute("action")) continue;
      if (field.form === except) typed.delete(keyOf(field));
      else if (isDirty(field)) typed.set(keyOf(field), field.type === "file" ? field : valueOf(field));
    }
  }

  function restore(root) {
    if (!typed.size) return;
    for (const field of root.querySelectorAll(FIELDS)) {
      const key = keyOf(field);
      if (!typed.has(key)) continue;
      const value = typed.get(key);
      if (field.type === "file") field.replaceWith(value); // no script may fill one, but the old one can stay
      else if (isBox(field)) field.checked = value;
      else field.value = value;
      typed.delete(key);
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("select")) event.target.dataset.touched = "1";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    const accepted = xhr.status < 400 ? requestConfig.elt.closest("form") : null;
    if (target) remember(target, accepted);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    restore(document.body.contains(event.target) ? event.target : document.body);
  });
  document.addEventListener("keyturn:before-replace", (event) => remember(event.target));
  document.addEventListener("keyturn:after-replace", (event) => restore(event.target));

  /* ---- leaving ---- */
  let leavingWith = null; // the form that is being sent to another page
  const isText = (field) => !isBox(field) && !field.matches("select, [type=search]");
  const isUnsent = (field) =>
    field.form?.method === "post" &&
    field.form !== leavingWith &&
    !field.form.querySelector("[type=password]") &&
    (isText(field) || field.form.matches("[data-warns]")) &&
    isDirty(field);
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.target.matches("[hx-post]")) leavingWith = event.target;
  });
  window.addEventListener("pageshow", () => {
    leavingWith = null;
  });
  window.addEventListener("beforeunload", (event) => {
    const shown = [...document.querySelectorAll(FIELDS)].some(isUnsent);
    const away = [...typed.values()].some((value) => typeof value !== "boolean"); // in a panel that was closed
    if (shown || away) event.preventDefault();
  });

  /* ---- the focus stays at its place ---- */
  // The ids around what held the focus, from the inside: when a form was sent, and before live.js replaced it. The
  // second may come while the first waits for its answer.
  let [held, replaced] = [[], []];
  const idsAround = (element) => {
    const ids = [];
    for (let at = element; at; at = at.parentElement) if (at.id) ids.push(at.id);
    return ids;
  };
  function focusSuccessor(ids) {
    if (document.activeElement && document.activeElement !== document.body) return;
    const home = ids.map((id) => document.getElementById(id)).find(Boolean);
    if (!home || home.matches("body, main, #items")) return;
    const successor = home.matches("details")
      ? home.querySelector("summary")
      : home.matches("input, textarea, select, button, a[href], [tabindex]")
        ? home
        : home.querySelector("h1, h2, h3") || home;
    if (!successor.matches("input, textarea, select, button, a[href], summary, [tabindex]")) successor.tabIndex = -1;
    successor.focus({ preventScroll: true });
  }
  document.addEventListener("htmx:beforeRequest", (event) => {
    const by = event.detail.requestConfig.triggeringEvent?.submitter;
    held = idsAround(document.activeElement === document.body ? by || event.detail.elt : document.activeElement);
  });
  document.addEventListener("htmx:afterSettle", () => {
    focusSuccessor(held);
    held = [];
  });
  document.addEventListener("keyturn:before-replace", (event) => {
    if (event.target.contains(document.activeElement)) replaced = idsAround(document.activeElement);
  });
  document.addEventListener("keyturn:after-replace", () => {
    const ids = replaced;
    replaced = [];
    queueMicrotask(() => focusSuccessor(ids)); // live.js finds most again by itself
  });

  /* ---- letter keys, which an account can switch off ---- */
  window.keyturnKeys = { areOn: () => !("keysOff" in document.body.dataset) };

  /* ---- counts, pasting, copying ---- */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches("textarea[maxlength]")) return;
    let note = field.nextElementSibling;
    if (!note?.matches("[data-count-note]")) {
      note = Object.assign(document.createElement("small"), { className: "muted" });
      note.dataset.countNote = "";
      field.after(note);
    }
    note.textContent =
      field.value.length >= field.maxLength * 0.8 ? `${field.value.length} of ${field.maxLength} characters` : "";
  });

  document.addEventListener("paste", (event) => {
    const intoText = event.target.closest?.("textarea, input:not([type=file]), [contenteditable]");
    if (intoText && event.clipboardData?.types.some((type) => type.startsWith("text/"))) return; // text wins
    const images = [...(event.clipboardData?.files || [])].filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector("input[type=file][data-paste]");
    if (!images.length || !input) return;
    event.preventDefault();
    const transfer = new DataTransfer();
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
    const extension = images[0].type
      .split("/")[1]
      .replace("jpeg", "jpg")
      .replace(/[^a-z0-9]/g, "");
    transfer.items.add(new File([images[0]], `pasted-${stamp}.${extension}`, { type: images[0].type }));
    input.files = transfer.files;
    input.closest("details")?.setAttribute("open", "");
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.scrollIntoView({ block: "center" });
    input.focus();
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = "The pasted image is ready to be attached.";
  });

  /* ---- a file dropped where [data-drop] is, and a picture shown before it is attached ---- */
  const dropped = (event) =>
    event.dataTransfer?.types.includes("Files") ? event.target.closest?.("[data-drop]") : null;
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => {
      const place = dropped(event);
      if (!place) return;
      event.preventDefault();
      place.classList.add("over");
    });
  document.addEventListener("dragleave", (event) => event.target.closest?.("[data-drop]")?.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    const place = dropped(event);
    const input = place?.parentElement.querySelector("input[type=file]");
    if (!input) return;
    event.preventDefault();
    place.classList.remove("over");
    const [first, ...more] = event.dataTransfer.files;
    const transfer = new DataTransfer();
    if (first) transfer.items.add(first);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
    const announcer = document.getElementById("announcer");
    const others = more.length ? " Attach the others one by one." : "";
    if (announcer) announcer.textContent = `${first.name} is ready to be attached.${others}`;
  });
  document.addEventListener("change", (event) => {
    const picture = event.target.closest?.("details")?.querySelector("[data-picture]");
    if (!picture || event.target.type !== "file") return;
    const file = event.target.files[0];
    const image = Object.assign(document.createElement("img"), { alt: "The picture that is not attached yet" });
    picture.replaceChildren(image);
    const isShown = /^image\/(png|jpeg|gif|webp)$/.test(file?.type || "");
    picture.hidden = !isShown;
    if (!isShown) return;
    const reader = new FileReader();
    // Pages may show data: and no blob:.
    reader.addEventListener("load", () => image.setAttribute("src", reader.result));
    reader.readAsDataURL(file);
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
    setTimeout(() => {
      button.textContent = words;
    }, 2500);
  });

  /* ---- what only some pages and people need ---- */
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-sign-passkey]");
    if (button) (await import(button.dataset.script)).sign(button);
  });
})();
