// What the pages do beyond their forms, each of which works without this: show a password, tell of caps lock, of how good
// a new one is, and of how long one has to wait; passkeys, which there are not without scripts; copy recovery codes.

for (const button of document.querySelectorAll("[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const name = button.getAttribute("aria-label").replace(/^Show /, "");
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.setAttribute("aria-label", `${visible ? "Hide" : "Show"} ${name}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // Password managers and the browser's memory of what was typed in plain fields look at it then.
  input.form.addEventListener("submit", () => show(false));
}

for (const hint of document.querySelectorAll("[data-caps]")) {
  const input = document.getElementById(hint.dataset.caps);
  const look = (event) => {
    const on = event.getModifierState?.("CapsLock");
    if (on !== undefined) hint.textContent = on ? "Caps lock is on." : "";
  };
  input.addEventListener("keyup", look);
  input.addEventListener("mousedown", look);
  input.addEventListener("blur", () => (hint.textContent = ""));
}

for (const timer of document.querySelectorAll("[data-left]")) {
  const end = Date.now() + timer.dataset.left * 1000;
  const tell = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    timer.textContent = left > 0 ? `Try again in ${clock}.` : "You can try again now.";
    if (left > 0) setTimeout(tell, 1000);
  };
  tell();
}

for (const box of document.querySelectorAll("[data-strength]")) {
  const input = document.getElementById(box.dataset.strength);
  const meter = box.querySelector("meter");
  const told = box.querySelector("[role=status]");
  let timer;
  box.hidden = false;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(rate, 400, input.value);
  });
  const rate = async (password) => {
    const { username, email } = input.form.elements;
    const body = JSON.stringify({ password, username: username?.value, email: email?.value });
    const headers = { "Content-Type": "application/json" };
    const answer = password && (await fetch("/api/password-strength", { method: "POST", headers, body }).catch(() => null));
    if (input.value !== password) return;
    const { score, message } = answer?.ok ? await answer.json() : { score: 0, message: "" };
    meter.value = score;
    told.textContent = message;
  };
}

// Passkeys: before its form is sent, one is made, or signs. Where they are offered, the autofill of the name has them too.
const hasPasskeys = typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
let running = new AbortController();

async function ceremony(form, mediation) {
  const { ceremony: kind, options } = form.dataset;
  let asked = { options: options && JSON.parse(options), ticket: form.elements.ticket.value };
  if (!options) asked = await (await fetch("/api/login/passkey/options", { method: "POST" })).json();
  const read = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  const publicKey = PublicKeyCredential[read](asked.options);
  running.abort();
  running = new AbortController();
  const credential = await navigator.credentials[kind]({ publicKey, mediation, signal: running.signal });
  form.elements.ticket.value = asked.ticket;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  const copied = form.querySelector("[data-copies]");
  if (copied) copied.value = document.getElementById(copied.dataset.copies).checked ? "y" : "";
  form.submit();
}

// What was signed is taken for five minutes, so what is offered is renewed before.
async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  setTimeout(offer, 240_000, form);
  await ceremony(form, "conditional").catch(() => {});
}

for (const part of hasPasskeys ? document.querySelectorAll("[data-passkeys]") : []) {
  const form = part.querySelector("form");
  const told = form.querySelector("[data-told]");
  part.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    told.hidden = true;
    ceremony(form).catch((error) => {
      settle(form);
      told.hidden = false;
      const isKnown = error.name === "InvalidStateError";
      told.textContent = isKnown ? "This device has a passkey for this account already." : "No passkey was used. Try again, or another way.";
    });
  });
  if ("offered" in form.dataset) offer(form);
}
if (hasPasskeys) document.querySelector("[data-without-passkeys]")?.remove();

for (const button of document.querySelectorAll("[data-copy]")) {
  const codes = [...document.querySelectorAll(`#${button.dataset.copy} code`)].map((code) => code.textContent);
  const tell = (words) => (document.querySelector("[data-copied]").textContent = words);
  button.hidden = false;
  button.addEventListener("click", () =>
    navigator.clipboard.writeText(codes.join("\n")).then(
      () => tell("Copied."),
      () => tell("The browser did not let them be copied. Download them, or write them down."),
    ),
  );
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.ariaBusy === "true") return event.preventDefault();
    form.ariaBusy = "true";
    for (const button of form.querySelectorAll("[type=submit]")) button.setAttribute("aria-disabled", "true");
    setTimeout(() => settle(form), 8000);
  });
}
// A page that comes back from the browser's memory, or whose sending was stopped, can be sent again.
addEventListener("pageshow", () => [...document.forms].forEach(settle));

function settle(form) {
  form.ariaBusy = null;
  for (const button of form.querySelectorAll("[type=submit]")) button.removeAttribute("aria-disabled");
}

document.querySelector("[data-focus]")?.focus();
