/** The API, typed by what it says of itself; every call carries the token, and is made once more after a refresh. */
import createClient from "openapi-fetch";

import type { components, paths } from "./schema";
import { API, current, refresh, token } from "./session";

/** What was refused, in the one shape of every error; `unreachable` is said here, where no answer came, and by a browser what became of a passkey. */
export interface Failure extends Partial<Omit<components["schemas"]["Error"], "error">> {
  error: components["schemas"]["Error"]["error"] | "unreachable" | "no_passkey" | "known_passkey";
  message: string;
}

/** Whether the server answers, as the last calls found it; those who ask are told when that changes. */
export const reach = { ok: true, listeners: new Set<() => void>() };

/** Who asks for what the API wants to know once more; it tells whether that was given. */
export const stepUp: { ask?: (ways: string[]) => Promise<boolean> } = {};

export const api = createClient<paths>({ baseUrl: API, fetch: call });

/** Return the data of an answer, or throw what was refused: a `Failure`. */
export async function data<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  throw failure(error, response.status);
}

/** Find out who is signed in; throws where the server cannot be reached. */
export async function find(): Promise<void> {
  await reached(refresh());
  note(true);
}

export function failure(error: unknown, status = 0): Failure {
  if (error && typeof error === "object" && "error" in error && "message" in error) return error as Failure;
  return { status_code: status, error: status ? "server_error" : "unreachable", message: String(error) };
}

async function call(request: Request): Promise<Response> {
  const spare = request.clone();
  const answer = await tried(request);
  if (answer.status !== 403 || !stepUp.ask || request.url.endsWith("/reauthenticate")) return answer;
  const told = failure(await answer.clone().json().catch(() => null), 403);
  if (told.error !== "reauthentication_required" || !(await stepUp.ask(told.factors ?? []))) return answer;
  return tried(spare);
}

async function tried(request: Request): Promise<Response> {
  // Who brings the token of a letter, say, means that one.
  if (request.headers.has("Authorization")) return reached(fetch(request));
  const spare = request.clone();
  const used = await reached(token());
  const answer = await reached(fetch(bearing(request, used)));
  if (answer.status !== 401 || !used) return answer;
  const next = await reached(refresh(used));
  return next && current().state === "in" ? reached(fetch(bearing(spare, next))) : answer;
}

function bearing(request: Request, bearer: string | null): Request {
  if (bearer) request.headers.set("Authorization", `Bearer ${bearer}`);
  return request;
}

async function reached<T>(trying: Promise<T>): Promise<T> {
  try {
    const answer = await trying;
    // A token that was there already says nothing of the server.
    if (answer instanceof Response) note(true);
    return answer;
  } catch (error) {
    note(false);
    throw failure(error);
  }
}

function note(ok: boolean): void {
  if (reach.ok === ok) return;
  reach.ok = ok;
  for (const heard of reach.listeners) heard();
}
