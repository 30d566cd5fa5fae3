/** An API for the tests: what it answers, and what it was sent. */
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";

type Method = "get" | "post" | "put" | "patch" | "delete";
type Answer = [status: number, body?: object | null] | (() => [status: number, body?: object | null]);

export interface Sent {
  body: unknown;
  bearer: string | null;
}

export const server = setupServer();

/** Let a call be answered: each answer once, the last one from then on. Returns what was sent, as it comes. */
export function answer(call: `${Uppercase<Method>} /api/${string}`, ...answers: Answer[]): Sent[] {
  const [method, path] = call.split(" ") as [string, string];
  const sent: Sent[] = [];
  server.use(
    http[method.toLowerCase() as Method](`http://lictor.test${path}`, async ({ request }) => {
      const text = await request.text();
      sent.push({ body: text ? JSON.parse(text) : null, bearer: request.headers.get("Authorization")?.slice(7) ?? null });
      const next = answers.length > 1 ? answers.shift() : answers[0];
      const [status, body = null] = typeof next === "function" ? next() : (next ?? [200]);
      return HttpResponse.json(body, { status });
    }),
  );
  return sent;
}

/** Let a call fail as it does where there is no network. */
export function cut(call: `${Uppercase<Method>} /api/${string}`): void {
  const [method, path] = call.split(" ") as [string, string];
  server.use(http[method.toLowerCase() as Method](`http://lictor.test${path}`, () => HttpResponse.error()));
}

/** What a sign-in, or a refresh, is answered with. */
export const tokens = (access_token: string, more: object = {}) => ({
  message: "",
  token: access_token,
  access_token,
  token_type: "Bearer",
  expires_in: 900,
  ...more,
});

/** A refusal, in the shape that all of them have. */
export const refusal = (status_code: number, error: string, more: object = {}): [number, object] => [
  status_code,
  { status_code, error, message: `It is ${error}.`, ...more },
];
