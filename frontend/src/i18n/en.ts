/**
 * What the app says, in English, on its first page and around all others; every other language has the same keys.
 * What is said only after that is in pages.en.ts and console.en.ts, so that nobody waits for it at the door.
 */
import type { consoleEn } from "./console.en";
import type { pagesEn } from "./pages.en";

export const en = {
  "app.skip": "Skip to content",
  "app.nav": "Main",
  "app.language": "Language",
  "app.signin": "Sign in",
  "app.register": "Register",
  "app.dashboard": "Dashboard",
  "app.account": "Account",
  "app.console": "Console",
  "app.signout": "Sign out",
  "app.loading": "Loading …",
  "app.offline": "The server cannot be reached. Trying again …",
  "app.problem": "There is a problem",
  "app.error": "Error: ",
  "app.retry": "Try again",
  "app.home": "Go to the home page",
  "app.footer": "Lictor keeps the door.",
  "app.optional": "optional",
  "password.show": "Show",
  "password.hide": "Hide",
  "password.showit": "Show {label}",
  "password.hideit": "Hide {label}",
  "password.caps": "Caps lock is on.",
  "home.open": "Open an account",
  "login.title": "Sign in",
  "login.goon": "Sign in to go on.",
  "login.name": "Username or e-mail address",
  "login.password": "Password",
  "login.remember": "Stay signed in on this device",
  "login.forgot": "Forgot your password?",
  "login.noletter": "No letter to confirm your address?",
  "login.new": "New here?",
  "forbidden.title": "Not allowed",
  "forbidden.text": "This page needs the role {role}, which you do not have. Ask an administrator for it, or sign in as someone else.",
  "forbidden.switch": "Sign in as someone else",
  "missing.title": "Not found",
  "missing.text": "There is nothing at this address.",
  "error.invalid_credentials": "Wrong username or password.",
  "error.username_taken": "This username is taken.",
  "error.email_taken": "This e-mail address is taken.",
  "error.wrong_password": "The current password is wrong.",
  "error.registration_closed": "Registration is closed. Ask an administrator for an account.",
  "error.last_admin": "Someone must keep the keys: this would leave no administrator.",
  "error.unreachable": "The server cannot be reached. Try again.",
  "error.missing": "Fill in: {label}",
  "error.validation_error": "Some fields are missing or not valid.",
};

export type Key = keyof typeof en | keyof typeof pagesEn | keyof typeof consoleEn;
export type Messages = Record<Key, string>;
