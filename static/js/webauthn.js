/* Asking the browser for a passkey. What WebAuthn takes and gives as bytes, servers send and take as base64url.

   created(options), answered(options)   a credential or an assertion as JSON; the promise is refused with a sentence */

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const named = (found = []) => found.map((each) => ({ ...each, id: bytes(each.id) }));

/* Browsers name what went wrong; people read what to do. */
const SENTENCES = {
  NotAllowedError: "The browser was not allowed to, or you took too long. Try again.",
  InvalidStateError: "This passkey is registered already. Use another one.",
  NotSupportedError: "This device makes no passkey that Keyturn takes. Use another one.",
  SecurityError: "Passkeys do not work at this address. Open Keyturn at the name it is meant for.",
};

async function asked(ask) {
  if (!window.PublicKeyCredential) throw new Error("This browser has no passkeys here. Use another way.");
  try {
    return await ask();
  } catch (error) {
    throw new Error(SENTENCES[error.name] ?? "The browser could not ask for the passkey. Try again.");
  }
}

function asJson(credential, fields) {
  const response = Object.fromEntries(
    fields.filter((name) => credential.response[name]).map((name) => [name, text(credential.response[name])]),
  );
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: {},
    response,
  };
}

export async function created(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
  const credential = await asked(() => navigator.credentials.create({ publicKey }));
  return asJson(credential, ["clientDataJSON", "attestationObject"]);
}

export async function answered(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: named(options.allowCredentials),
  };
  const credential = await asked(() => navigator.credentials.get({ publicKey }));
  return asJson(credential, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
}
