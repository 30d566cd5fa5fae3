/**
 * Who is signed in, in this tab and in all others of this browser.
 *
 * The access token is in memory alone. What keeps the session alive is a cookie that no script can read or, where the
 * API is on an unrelated site, a refresh token (VITE_REFRESH=token). One tab refreshes at a time, for all of them.
 */
import type { components } from "./schema";

export type Tokens = components["schemas"]["TokensOut"];
export type Session =
  | { state: "unknown" }
  | { state: "out" }
  | { state: "in"; token: string; expiresAt: number };

/** Where the API is: on this origin, unless VITE_API names another one. */
export const API: string = import.meta.env.VITE_API ?? "";
const BY_COOKIE = import.meta.env.VITE_REFRESH !== "token";
const KEPT = "lictor.refresh";
/** How long before its end, in milliseconds, a token is replaced. */
const AHEAD = 20_000;

type News = { kind: "in"; token: string; expiresAt: number } | { kind: "out" } | { kind: "changed" };

let session: Session = { state: "unknown" };
let refreshing: Promise<string | null> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const changes = new Set<() => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("lictor");

channel?.addEventListener("message", ({ data }: MessageEvent<News>) => {
  if (data.kind === "in") become({ state: "in", token: data.token, expiresAt: data.expiresAt });
  if (data.kind === "out") become({ state: "out" });
  for (const heard of changes) heard();
});

export const current = (): Session => session;

/** Call back whenever somebody signs in or out, here or in another tab. */
export function subscribe(heard: () => void): () => void {
  listeners.add(heard);
  return () => listeners.delete(heard);
}

/** Call back whenever another tab has changed something that this one may show. */
export function onChange(heard: () => void): () => void {
  changes.add(heard);
  return () => changes.delete(heard);
}

/** Let other tabs know that something was changed. */
export const tellOthers = (): void => channel?.postMessage({ kind: "changed" } satisfies News);

/** How a sign-in must be asked for, so that its session can be kept alive here. */
export const CARRIER = BY_COOKIE ? "cookie" : "token";

/** Take what a sign-in, or a refresh, was answered with. */
export function enter(tokens: Tokens): void {
  if (!BY_COOKIE && tokens.refresh_token) localStorage.setItem(KEPT, tokens.refresh_token);
  const told = { token: tokens.access_token, expiresAt: Date.now() + tokens.expires_in * 1000 };
  become({ state: "in", ...told });
  channel?.postMessage({ kind: "in", ...told } satisfies News);
}

/** Sign out here and in every other tab; the server may learn of it later than the person does. */
export async function leave(): Promise<void> {
  const kept = BY_COOKIE ? null : localStorage.getItem(KEPT);
  const bearer = session.state === "in" ? session.token : null;
  forget();
  channel?.postMessage({ kind: "out" } satisfies News);
  const ended = [bearer ? send("/api/logout", "POST", null, bearer) : send("/api/refresh", "DELETE")];
  if (BY_COOKIE && bearer) ended.push(send("/api/refresh", "DELETE"));
  if (kept) ended.push(send("/api/logout", "POST", { refresh_token: kept }));
  await Promise.allSettled(ended);
}

/** Be signed out in this tab, because the server says so. */
export function forget(): void {
  if (!BY_COOKIE) localStorage.removeItem(KEPT);
  become({ state: "out" });
}

/**
 * Return a token that is good for now, or null where nobody is signed in; throws where the server cannot be reached.
 * All who ask at the same time, in every tab, wait for the same refresh.
 */
export async function token(): Promise<string | null> {
  if (session.state === "in" && session.expiresAt - Date.now() > AHEAD / 2) return session.token;
  return session.state === "out" ? null : refresh();
}

/** Get another token, unless one that is newer than `than` is there already. */
export function refresh(than = session.state === "in" ? session.token : null): Promise<string | null> {
  refreshing ??= alone(() => exchange(than)).finally(() => (refreshing = null));
  return refreshing;
}

async function exchange(than: string | null): Promise<string | null> {
  // Another tab may have done it, or signed out, while this one waited.
  if (session.state === "in" && session.token !== than) return session.token;
  if (session.state === "out") return null;
  const kept = BY_COOKIE ? null : localStorage.getItem(KEPT);
  if (!BY_COOKIE && !kept) return forget(), null;
  const answer = await send("/api/refresh", "POST", kept ? { refresh_token: kept } : null);
  if (answer.ok) {
    const tokens = (await answer.json()) as Tokens;
    // Whoever signed out meanwhile stays signed out.
    if (current().state === "out") return null;
    enter(tokens);
    return tokens.access_token;
  }
  if (answer.status === 401 || answer.status === 403) {
    // Somebody may have signed in meanwhile, in another tab.
    const now = current();
    if (now.state === "in" && now.token !== than) return now.token;
    return forget(), null;
  }
  throw new Error(`refresh was answered with ${answer.status}`);
}

function send(path: string, method: string, body: object | null = null, bearer?: string): Promise<Response> {
  return fetch(API + path, {
    method,
    credentials: "include",
    keepalive: true,
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      ...(bearer && { Authorization: `Bearer ${bearer}` }),
    },
    body: body && JSON.stringify(body),
  });
}

/** Do something while no other tab does it. */
function alone<T>(act: () => Promise<T>): Promise<T> {
  return "locks" in navigator ? (navigator.locks.request("lictor-refresh", act) as Promise<T>) : act();
}

function become(next: Session): void {
  session = next;
  clearTimeout(timer);
  if (next.state === "in") {
    const due = Math.max(next.expiresAt - Date.now() - AHEAD, 1000);
    timer = setTimeout(() => void refresh().catch(() => undefined), Math.min(due, 2 ** 31 - 1));
  }
  for (const heard of listeners) heard();
}

// A tab that slept has missed its time.
if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && session.state === "in") void token().catch(() => undefined);
  });
}
