/** The app in a browser of its own: nothing of an earlier test is left in its modules. */
import { render, screen } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { vi } from "vitest";

import { answer, tokens } from "./server";

export const ADA = { id: 1, username: "ada", email: "ada@lictor.test", roles: ["user"], withheld: [] };

/** Open the app at an address of its own, signed out or, where somebody is given, in; `unknown` asks the server. */
export async function open(path: string, me?: Partial<typeof ADA> | "unknown"): Promise<UserEvent> {
  vi.resetModules();
  vi.stubEnv("BASE_URL", "/app/");
  const session = await import("../src/api/session");
  const { App } = await import("../src/app");
  history.replaceState(null, "", `/app${path}`);
  if (typeof me === "object") {
    answer("GET /api/me", [200, { user: { ...ADA, ...me } }]);
    session.enter(tokens("theirs") as never);
  } else if (!me) {
    session.forget();
  }
  render(<App />);
  return userEvent.setup({ delay: null });
}

/** Where in the app one is. */
export const here = (): string => location.pathname.replace(/^\/app/, "") + location.search;

export const heading = (name: string): Promise<HTMLElement> => screen.findByRole("heading", { level: 1, name });
