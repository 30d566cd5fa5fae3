// What the pages do beyond their forms, each of which works without this: show a password, tell of caps lock, of how good
// a new one is, and of how long one has to wait.

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
