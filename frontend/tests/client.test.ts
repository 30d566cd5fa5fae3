import { beforeEach, describe, expect, it, vi } from "vitest";

import { answer, cut, refusal, tokens } from "./server";

let client: typeof import("../src/api/client");
let session: typeof import("../src/api/session");

beforeEach(async () => {
  vi.resetModules();
  session = await import("../src/api/session");
  client = await import("../src/api/client");
});

const signIn = (name = "old") => session.enter(tokens(name) as never);
const rename = () => client.data(client.api.PATCH("/api/me", { body: { username: "ada" } }));

describe("a call", () => {
  it("carries the token", async () => {
    const calls = answer("GET /api/me", [200, {}]);
    signIn();
    await client.api.GET("/api/me");
    expect(calls[0]?.bearer).toBe("old");
  });

  it("carries none where nobody is signed in", async () => {
    const calls = answer("GET /api/me", [401]);
    session.forget();
    await client.api.GET("/api/me");
    expect(calls).toEqual([{ body: null, bearer: null }]);
  });

  it("is made once more, with its body, after a refresh", async () => {
    const calls = answer("PATCH /api/me", [401], [200, {}]);
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    signIn();
    await rename();
    expect(calls).toEqual(["old", "new"].map((bearer) => ({ bearer, body: { username: "ada" } })));
    expect(refreshes).toHaveLength(1);
  });

  it("is not made a third time", async () => {
    const calls = answer("PATCH /api/me", refusal(401, "invalid_token"));
    answer("POST /api/refresh", [200, tokens("new")]);
    signIn();
    await expect(rename()).rejects.toMatchObject({ error: "invalid_token" });
    expect(calls).toHaveLength(2);
  });

  it("that is refused as the refresh is tells why, and signs out", async () => {
    const calls = answer("PATCH /api/me", refusal(401, "invalid_token"));
    answer("POST /api/refresh", [401]);
    signIn();
    await expect(rename()).rejects.toMatchObject({ error: "invalid_token" });
    expect(calls).toHaveLength(1);
    expect(session.current().state).toBe("out");
  });

  it("shares its refresh with all that are refused at the same time", async () => {
    answer("GET /api/me", [401], [401], [401], [200, {}]);
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    signIn();
    await Promise.all([1, 2, 3].map(() => client.api.GET("/api/me")));
    expect(refreshes).toHaveLength(1);
  });

  it("keeps the token that it was given, and is not made again", async () => {
    const calls = answer("POST /api/finalize", refusal(401, "invalid_token"));
    signIn();
    await client.api.POST("/api/finalize", { headers: { Authorization: "Bearer ticket" } });
    expect(calls).toEqual([{ body: null, bearer: "ticket" }]);
  });
});

describe("what went wrong", () => {
  it("is thrown as the API put it", async () => {
    answer("PATCH /api/me", refusal(409, "username_taken"));
    signIn();
    await expect(rename()).rejects.toEqual(refusal(409, "username_taken")[1]);
  });

  it("is a server error where the answer has another shape", () => {
    expect(client.failure("<html>", 502)).toMatchObject({ status_code: 502, error: "server_error" });
  });

  it("is that nothing can be reached where no answer came", async () => {
    cut("PATCH /api/me");
    signIn();
    await expect(rename()).rejects.toMatchObject({ error: "unreachable" });
  });
});

describe("whether the server answers", () => {
  it("is told when it changes, and only then", async () => {
    const heard = vi.fn();
    client.reach.listeners.add(() => heard(client.reach.ok));
    signIn();
    cut("GET /api/me");
    await client.api.GET("/api/me").catch(() => client.api.GET("/api/me").catch(() => undefined));
    answer("GET /api/me", [503]);
    await client.api.GET("/api/me");
    expect(heard.mock.calls).toEqual([[false], [true]]);
  });

  it("shows while nobody knows yet who is signed in", async () => {
    cut("POST /api/refresh");
    await expect(client.find()).rejects.toMatchObject({ error: "unreachable" });
    expect(client.reach.ok).toBe(false);
    answer("POST /api/refresh", [401]);
    await client.find();
    expect(client.reach.ok).toBe(true);
  });
});
