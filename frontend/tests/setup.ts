import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";

import { Channel, channels, locks } from "./browser";
import { server } from "./server";

Object.assign(globalThis, { BroadcastChannel: Channel });
Object.assign(window, { scrollTo: () => undefined });
Object.defineProperty(navigator, "locks", { value: locks, configurable: true });

// A busy machine takes its time.
configure({ asyncUtilTimeout: 5000 });

const unexpected: string[] = [];
const underway = new Set<string>();
server.events.on("request:start", ({ requestId }) => void underway.add(requestId));
server.events.on("request:end", ({ requestId }) => void underway.delete(requestId));
server.events.on("request:unhandled", ({ request }) => void unexpected.push(`${request.method} ${request.url}`));

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(async () => {
  vi.useRealTimers();
  cleanup();
  await new Promise(setImmediate);
  await vi.waitFor(() => expect(underway.size).toBe(0));
  server.resetHandlers();
  channels.clear();
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, "", "/");
  Reflect.deleteProperty(document, "visibilityState");
  expect(unexpected.splice(0)).toEqual([]);
});
afterAll(() => server.close());
