import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Channel, show } from "./browser";
import { answer, cut, refusal, tokens } from "./server";

type Tab = typeof import("../src/api/session");

/** Open another tab: the module, loaded anew. */
async function open(): Promise<Tab> {
  vi.resetModules();
  return import("../src/api/session");
}

const soon = (tab: Tab, name = "old") => tab.enter(tokens(name, { expires_in: 5 }) as never);
const good = (tab: Tab, name = "old") => tab.enter(tokens(name) as never);

let tab: Tab;
beforeEach(async () => {
  tab = await open();
});
afterEach(() => tab.forget());

describe("a refresh", () => {
  it("is made once for ten who ask at the same time", async () => {
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    const got = await Promise.all(Array.from({ length: 10 }, () => tab.token()));
    expect(got).toEqual(Array(10).fill("new"));
    expect(refreshes).toHaveLength(1);
  });

  it("is not made while the token is good", async () => {
    good(tab);
    expect(await tab.token()).toBe("old");
  });

  it("is made where the token has almost ended", async () => {
    answer("POST /api/refresh", [200, tokens("new")]);
    soon(tab);
    expect(await tab.token()).toBe("new");
  });

  it("is not made where another tab has a newer token", async () => {
    good(tab);
    new Channel().postMessage({ kind: "in", token: "theirs", expiresAt: Date.now() + 900_000 });
    expect(await tab.refresh("old")).toBe("theirs");
  });

  it("is made by one tab at a time", async () => {
    const other = await open();
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    expect(await Promise.all([tab.token(), other.token()])).toEqual(["new", "new"]);
    expect(refreshes).toHaveLength(1);
  });

  it("tells other tabs of the new token", async () => {
    const other = await open();
    answer("POST /api/refresh", [200, tokens("new")]);
    await tab.refresh();
    expect(other.current()).toMatchObject({ state: "in", token: "new" });
  });

  it.each([401, 403])("that is answered with %i signs out", async (status) => {
    answer("POST /api/refresh", [status]);
    soon(tab);
    expect(await tab.token()).toBeNull();
    expect(tab.current().state).toBe("out");
  });

  it.each([425, 429, 500, 503])("that is answered with %i signs nobody out", async (status) => {
    answer("POST /api/refresh", [status]);
    soon(tab);
    await expect(tab.token()).rejects.toThrow(`${status}`);
    expect(tab.current().state).toBe("in");
  });

  it("that does not get through signs nobody out", async () => {
    cut("POST /api/refresh");
    soon(tab);
    await expect(tab.token()).rejects.toThrow();
    expect(tab.current().state).toBe("in");
  });

  it("is tried again after one that failed", async () => {
    answer("POST /api/refresh", [503], [200, tokens("new")]);
    await expect(tab.token()).rejects.toThrow();
    expect(await tab.token()).toBe("new");
  });

  it("is not made for whoever is signed out", async () => {
    tab.forget();
    expect(await tab.token()).toBeNull();
    expect(await tab.refresh("old")).toBeNull();
  });

  it("does not sign in again whoever signed out meanwhile", async () => {
    good(tab);
    answer("POST /api/refresh", () => (tab.forget(), [200, tokens("new")]));
    expect(await tab.refresh()).toBeNull();
    expect(tab.current().state).toBe("out");
  });

  it("that is refused does not sign out whoever signed in elsewhere meanwhile", async () => {
    const elsewhere = { kind: "in", token: "theirs", expiresAt: Date.now() + 900_000 };
    answer("POST /api/refresh", () => (new Channel().postMessage(elsewhere), [401]));
    expect(await tab.token()).toBe("theirs");
  });

  it("is made once in browsers without locks and channels, too", async () => {
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("BroadcastChannel", undefined);
    tab = await open();
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    expect(await Promise.all([tab.token(), tab.token()])).toEqual(["new", "new"]);
    expect(refreshes).toHaveLength(1);
  });
});

describe("the timer", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));

  it("refreshes twenty seconds ahead", async () => {
    const refreshes = answer("POST /api/refresh", [200, tokens("new")]);
    good(tab);
    await vi.advanceTimersByTimeAsync(879_000);
    expect(refreshes).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(tab.current()).toMatchObject({ token: "new" }));
  });

  it("stops when somebody signs out", async () => {
    good(tab);
    tab.forget();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is one, however often somebody signs in", () => {
    good(tab);
    good(tab, "another");
    expect(vi.getTimerCount()).toBe(1);
  });
});

describe("a tab that is looked at again", () => {
  it("refreshes what ended meanwhile", async () => {
    answer("POST /api/refresh", [200, tokens("new")]);
    soon(tab);
    show("visible");
    await vi.waitFor(() => expect(tab.current()).toMatchObject({ token: "new" }));
  });

  it("asks nothing while it is hidden, or nobody is signed in", () => {
    show("visible");
    soon(tab);
    show("hidden");
    expect(tab.current()).toMatchObject({ token: "old" });
  });
});

describe("signing out", () => {
  it("ends the session and its cookie", async () => {
    const logouts = answer("POST /api/logout", [200]);
    const cookies = answer("DELETE /api/refresh", [200]);
    good(tab);
    await tab.leave();
    expect(logouts).toEqual([{ body: null, bearer: "old" }]);
    expect(cookies).toHaveLength(1);
  });

  it("counts at once, whatever the server does", async () => {
    cut("POST /api/logout");
    cut("DELETE /api/refresh");
    good(tab);
    const leaving = tab.leave();
    expect(tab.current().state).toBe("out");
    await leaving;
  });

  it("signs out other tabs", async () => {
    const other = await open();
    good(other);
    answer("DELETE /api/refresh", [200]);
    answer("POST /api/logout", [200]);
    await tab.leave();
    expect(other.current().state).toBe("out");
  });
});

describe("those who listen", () => {
  it("hear of who signs in and out until they stop", () => {
    const heard = vi.fn();
    const stop = tab.subscribe(heard);
    good(tab);
    tab.forget();
    stop();
    good(tab);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it("hear of changes that another tab has made, and not of their own", async () => {
    const other = await open();
    const [here, there] = [vi.fn(), vi.fn()];
    tab.onChange(here);
    other.onChange(there);
    tab.tellOthers();
    expect([here, there].map((heard) => heard.mock.calls.length)).toEqual([0, 1]);
  });
});

describe("where the API is on an unrelated site", () => {
  beforeEach(async () => {
    vi.stubEnv("VITE_REFRESH", "token");
    tab = await open();
  });

  const enter = (refresh_token = "r1") => tab.enter(tokens("old", { refresh_token }) as never);

  it("asks for a refresh token, and keeps it", () => {
    enter();
    expect(tab.CARRIER).toBe("token");
    expect(localStorage.getItem("lictor.refresh")).toBe("r1");
  });

  it("sends the refresh token, and keeps the next one", async () => {
    const refreshes = answer("POST /api/refresh", [200, tokens("new", { refresh_token: "r2" })]);
    enter();
    expect(await tab.refresh()).toBe("new");
    expect(refreshes[0]?.body).toEqual({ refresh_token: "r1" });
    expect(localStorage.getItem("lictor.refresh")).toBe("r2");
  });

  it("asks nothing where no refresh token is kept", async () => {
    expect(await tab.token()).toBeNull();
    expect(tab.current().state).toBe("out");
  });

  it("signs out with both tokens, and keeps neither", async () => {
    const logouts = answer("POST /api/logout", [200]);
    enter();
    await tab.leave();
    expect(logouts).toEqual([{ body: null, bearer: "old" }, { body: { refresh_token: "r1" }, bearer: null }]);
    expect(localStorage.getItem("lictor.refresh")).toBeNull();
  });

  it("forgets a refresh token that is refused", async () => {
    answer("POST /api/refresh", refusal(401, "invalid_token"));
    enter();
    await tab.refresh();
    expect(localStorage.getItem("lictor.refresh")).toBeNull();
  });
});

it("keeps no access token where a script could find it later", () => {
  good(tab, "secret");
  expect(JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie).not.toContain("secret");
});
