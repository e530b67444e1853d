/* Passkeys on the pages of accounts: signing in, proving who one is, adding one. Without scripts, passwords and codes
   do the same.

   form[data-passkey-ask="/…"]            where its questions come from
   button[data-passkey="purpose"]         asks a passkey and sends its form with the answer: sign_in, second_step, prove
   form[data-passkey-add]                 makes a passkey before it is sent
   [data-passkey-problem]                 where a form says what went wrong
   [data-passkey-only]                    hidden until there are scripts and passkeys */
import { answered, created } from "./webauthn.js";

const field = (form, name) => form.elements[name];

async function question(form, purpose) {
  const body = new FormData();
  body.set("purpose", purpose);
  body.set("csrfmiddlewaretoken", field(form, "csrfmiddlewaretoken").value);
  const answer = await fetch(form.dataset.passkeyAsk, { method: "POST", body }).catch(() => null);
  if (!answer) throw new Error("Keyturn could not be reached. Try again.");
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error ?? "Keyturn did not answer. Reload the page and try again.");
  return found;
}

/* Fills in two hidden fields: which question it was, and the answer. */
async function fill(form, purpose, prefix = "passkey") {
  const { challenge, options } = await question(form, purpose);
  const given = await (purpose === "add" ? created(options) : answered(options));
  field(form, `${prefix}_challenge`).value = challenge;
  field(form, `${prefix}_answer`).value = JSON.stringify(given);
}

async function attempt(form, act) {
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  form.setAttribute("aria-busy", "true");
  try {
    await act();
    form.dataset.ready = "";
    form.noValidate = true;
    form.requestSubmit();
  } catch (error) {
    problem.textContent = `✕ ${error.message}`;
    problem.hidden = false;
    form.noValidate = false;
  } finally {
    form.removeAttribute("aria-busy");
  }
}

const isMade = (form) => Boolean(field(form, "passkey_answer")?.value);

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-passkey]");
  if (!button) return;
  const form = button.form;
  const isProof = button.dataset.passkey === "prove";
  if (isProof && form.matches("[data-passkey-add]") && !field(form, "name").reportValidity()) return;
  attempt(form, async () => {
    await fill(form, button.dataset.passkey, isProof ? "proof" : "passkey");
    if (form.matches("[data-passkey-add]") && !isMade(form)) await fill(form, "add");
  });
});

/* Before form.js takes the button away: a form that is not sent now is not busy. */
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-passkey-add]") || "ready" in form.dataset || isMade(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    attempt(form, () => fill(form, "add"));
  },
  { capture: true },
);

for (const part of document.querySelectorAll("[data-passkey-only]")) part.hidden = !window.PublicKeyCredential;
