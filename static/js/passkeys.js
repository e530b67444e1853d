/* Signing by passkey, loaded by form.js when somebody asks for it. Whoever has none types what the form asks for.

   button[data-sign-passkey="/…"]   where the statement comes from that the passkey signs; only shown where it can
   [data-turn]                      the key it turns: sign-off, slot and meaning, with a dot between
   [data-several]                   it turns the keys of its form whose checkbox is ticked, each named by `data-turn`
   [data-typed]                     its form says itself which key what was typed makes, asked with `ask`
   [data-passkey-status]            says what happens, beside the button
   input[name=shown|assertion|statement] of its form: the digest that was shown, and what is sent along with it */
import { answered } from "./webauthn.js";

const field = (form, name) => form.elements[name];

async function asked(url, options) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, ...options }).catch(() => null);
  if (!answer) throw new Error("Nothing was signed: the server does not answer. Try again.");
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.refused ?? "Nothing was signed. Reload the page and try again.");
  return found;
}

async function turnsOf(button) {
  const form = button.form;
  if (button.dataset.several === undefined) return [await turnOf(button, form)];
  const ticked = [...form.elements].filter((each) => each.matches("[data-turn]:checked"));
  if (!ticked.length) throw new Error("Nothing is ticked yet: open an item, read it, and tick it.");
  return ticked.map((each) => each.dataset.turn);
}

async function turnOf(button, form) {
  if (button.dataset.typed === undefined) return insert(button.dataset.turn, field(form, "shown").value);
  const body = new FormData(form);
  body.set("ask", "passkey");
  return (await asked(form.action, { method: "POST", body })).turn;
}

/* Sign-off, digest, slot and meaning, as the server reads it. */
function insert(turn, digest) {
  const [signOff, ...rest] = turn.split(".");
  return [signOff, digest, ...rest].join(".");
}

export async function sign(button) {
  if (button.getAttribute("aria-busy")) return;
  const form = button.form;
  if (button.dataset.typed !== undefined && !form.checkValidity()) return void form.requestSubmit();
  const status = form.querySelector("[data-passkey-status]");
  status.textContent = "Waiting for your passkey. After two minutes nothing is signed.";
  status.classList.remove("wrong");
  button.setAttribute("aria-busy", "true");
  try {
    const turns = new URLSearchParams((await turnsOf(button)).map((turn) => ["turn", turn]));
    const question = await asked(`${button.dataset.signPasskey}?${turns}`);
    field(form, "assertion").value = JSON.stringify(await answered(question.options));
    field(form, "statement").value = question.statement;
    form.noValidate = true; // what is typed instead of a passkey is left empty
    form.requestSubmit();
  } catch (error) {
    status.textContent = `✕ ${error.message}`;
    status.classList.add("wrong");
  } finally {
    button.removeAttribute("aria-busy");
    form.noValidate = false;
  }
}
