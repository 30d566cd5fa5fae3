// What the pages do beyond their forms, each of which works without this: show a password, tell of caps lock.

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
