import { screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";

import { ADA, heading, here, open } from "./app";
import { answer, cut, refusal, type Sent, tokens } from "./server";

const main = () => screen.getByRole("main");

async function fill(user: UserEvent, fields: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(fields)) await user.type(await screen.findByLabelText(label), text);
}

const click = async (user: UserEvent, name: string) => user.click(await screen.findByRole("button", { name }));

describe("signing in", () => {
  const ACCOUNT = { "Username or e-mail address": "ada", Password: "a long sentence" };

  async function signIn(path: string): Promise<void> {
    const user = await open(path);
    await fill(user, ACCOUNT);
    await user.click(screen.getAllByRole("button", { name: "Sign in" })[0]!);
  }

  function welcome(): Sent[] {
    answer("GET /api/me", [200, { user: ADA }]);
    answer("GET /api/me/sessions", [200, { sessions: [] }]);
    answer("GET /api/protected", [200, { message: "protected" }]);
    return answer("POST /api/login", [200, tokens("new")]);
  }

  it("sends what was filled in, and asks for a cookie", async () => {
    const logins = welcome();
    await signIn("/login");
    await heading("Hello, ada");
    expect(logins[0]?.body).toEqual({ username: "ada", password: "a long sentence", remember: false, refresh: "cookie" });
  });

  it("leads to where somebody was going", async () => {
    welcome();
    await signIn("/login?next=/account/sessions");
    await waitFor(() => expect(here()).toBe("/account/sessions"));
  });

  it("leads to no foreign place", async () => {
    welcome();
    await signIn("/login?next=//evil.test");
    await waitFor(() => expect(here()).toBe("/dashboard"));
  });

  it("that is refused says so, and stays", async () => {
    answer("POST /api/login", refusal(401, "invalid_credentials"));
    await signIn("/login");
    expect(await screen.findByRole("alert")).toHaveTextContent("Wrong username or password.");
    await waitFor(() => expect(document.title).toBe("Error: Sign in – Lictor"));
  });

  it("that was tried too often counts down to the next try", async () => {
    answer("POST /api/login", refusal(429, "too_many_requests", { retry_after: 1 }));
    await signIn("/login");
    expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts.");
    expect(screen.getByRole("timer")).toHaveTextContent("Try again in 0:01.");
    await waitFor(() => expect(screen.getByRole("timer")).toHaveTextContent("You can try again now."), { timeout: 3000 });
  });

  it("is asked for by pages that need it", async () => {
    await open("/account/sessions?page=2");
    await heading("Sign in");
    expect(here()).toBe("/login?next=%2Faccount%2Fsessions%3Fpage%3D2");
    expect(main()).toHaveTextContent("Sign in to go on.");
  });

  it("is not asked of whoever is signed in", async () => {
    welcome();
    await open("/login?next=/account", ADA);
    await waitFor(() => expect(here()).toBe("/account"));
  });
});

describe("registering", () => {
  async function register(fields: Record<string, string> = {}): Promise<void> {
    const user = await open("/register");
    await fill(user, { Username: "ada", Password: "a long sentence", ...fields });
    await click(user, "Open the account");
  }

  it("leads to signing in, and leaves no session behind", async () => {
    answer("POST /api/registration", [201, { access_token: "made" }]);
    const logouts = answer("POST /api/logout", [200]);
    await register();
    await heading("Sign in");
    expect(main()).toHaveTextContent("Your account is open.");
    expect(logouts[0]?.bearer).toBe("made");
  });

  it("sends no empty address", async () => {
    const made = answer("POST /api/registration", [201, {}]);
    await register();
    await heading("Check your inbox");
    expect(made[0]?.body).toEqual({ username: "ada", password: "a long sentence" });
  });

  it("leads to the inbox where the address has to be confirmed", async () => {
    answer("POST /api/registration", [201, {}]);
    await register({ "E-mail address": "ada@lictor.test" });
    await heading("Check your inbox");
    expect(main()).toHaveTextContent("A letter is on its way to ada@lictor.test.");
  });

  it("tells of a name that is taken beside the name", async () => {
    answer("POST /api/registration", refusal(409, "username_taken"));
    await register();
    expect(await screen.findByRole("alert")).toHaveTextContent("This username is taken.");
    expect(screen.getByLabelText("Username")).toBeInvalid();
  });

  it("can have the letter sent again, after a while", async () => {
    const letters = answer("POST /api/finalize/resend", [200, { message: "" }]);
    const user = await open("/check-inbox");
    await fill(user, { "E-mail address": "ada@lictor.test" });
    await click(user, "Send it once more");
    await click(user, "Another one can be asked for in 60\u00a0s");
    expect(letters).toHaveLength(1);
  });
});

describe("the link of a confirmation", () => {
  it("does nothing until the button is pressed", async () => {
    await open("/confirm?token=ticket");
    expect(await screen.findByRole("button", { name: "Confirm" })).toBeVisible();
  });

  it("confirms, and leads to signing in", async () => {
    const confirmed = answer("POST /api/finalize", [200, { access_token: "made" }]);
    answer("POST /api/logout", [200]);
    await click(await open("/confirm?token=ticket"), "Confirm");
    await heading("Sign in");
    expect(confirmed).toEqual([{ body: null, bearer: "ticket" }]);
  });

  it("confirms a new address, and leads back to the account", async () => {
    const confirmed = answer("POST /api/me/email/confirm", [200, { message: "" }]);
    await click(await open("/confirm?token=ticket&purpose=new_address", ADA), "Confirm");
    await heading("Profile");
    expect(confirmed[0]?.bearer).toBe("ticket");
  });

  it.each(["ticket_spent", "invalid_token"])("that is %s leads to another letter", async (error) => {
    answer("POST /api/finalize", refusal(409, error));
    await click(await open("/confirm?token=ticket"), "Confirm");
    await heading("This link is no longer good");
    expect(screen.getByRole("link", { name: "Ask for another letter" })).toHaveAttribute("href", "/app/check-inbox");
  });

  it("that has lost its token is no longer good", async () => {
    await open("/confirm");
    await heading("This link is no longer good");
  });

  it("can be tried again where the server cannot be reached", async () => {
    cut("POST /api/finalize");
    await click(await open("/confirm?token=ticket"), "Confirm");
    expect(await screen.findByRole("alert")).toHaveTextContent("The server cannot be reached.");
  });
});

describe("a forgotten password", () => {
  it("gets a letter, and nobody learns whether there is an account", async () => {
    const asked = answer("POST /api/reset", [200, { message: "" }]);
    const user = await open("/forgot");
    await fill(user, { "E-mail address": "ada@lictor.test" });
    await click(user, "Send the letter");
    await heading("Check your inbox");
    expect(main()).toHaveTextContent("If an account has the address");
    expect(asked[0]?.body).toEqual({ email: "ada@lictor.test" });
  });

  it("is replaced, and signs in", async () => {
    answer("POST /api/reset_finalize", [200, { access_token: "made", user: "ada" }]);
    answer("POST /api/logout", [200]);
    answer("GET /api/me", [200, { user: ADA }]);
    answer("GET /api/protected", [200, { message: "" }]);
    const logins = answer("POST /api/login", [200, tokens("new")]);
    await reset();
    await heading("Hello, ada");
    expect(logins[0]?.body).toMatchObject({ username: "ada", password: "another sentence" });
  });

  it.each(["ticket_spent", "invalid_token"])("is not replaced by a link that is %s", async (error) => {
    answer("POST /api/reset_finalize", refusal(409, error));
    await reset();
    await heading("This link is no longer good");
    expect(screen.getByRole("link", { name: "Ask for another letter" })).toHaveAttribute("href", "/app/forgot");
  });

  it("is not replaced by one that is too short, and the link stays good", async () => {
    answer("POST /api/reset_finalize", refusal(422, "validation_error", { fields: { password: ["Too short."] } }));
    await reset();
    expect(await screen.findByRole("alert")).toHaveTextContent("Too short.");
  });

  async function reset(): Promise<void> {
    const user = await open("/reset?token=ticket");
    await fill(user, { "New password": "another sentence" });
    await click(user, "Change the password");
  }
});

describe("the dashboard", () => {
  beforeEach(() => void answer("GET /api/protected", [200, { message: "protected endpoint" }]));

  it("shows the roles that one has", async () => {
    await open("/dashboard", { roles: ["editor", "user"] });
    const roles = await screen.findByRole("region", { name: "Your roles" });
    expect(within(roles).getAllByRole("listitem").map((item) => item.textContent)).toEqual(["editor", "user"]);
  });

  it("says so where there is none", async () => {
    await open("/dashboard", { roles: [] });
    expect(await screen.findByText(/You have no role yet/)).toBeVisible();
  });

  it("shows what the protected route answers", async () => {
    await open("/dashboard", ADA);
    expect(await screen.findByText("protected endpoint")).toBeVisible();
  });

  it("shows a role that is given meanwhile", async () => {
    await open("/dashboard", { roles: [] });
    await screen.findByText(/You have no role yet/);
    answer("GET /api/me", [200, { user: { ...ADA, roles: ["editor"] } }]);
    expect(await screen.findByText("editor", undefined, { timeout: 3000 })).toBeVisible();
  });
});

describe("the app", () => {
  it("refuses a page whose role one does not have", async () => {
    await open("/admin", { roles: ["user"] });
    await heading("Not allowed");
  });

  it("knows what it has not", async () => {
    await open("/nowhere");
    await heading("Not found");
  });

  it("signs out", async () => {
    const logouts = answer("POST /api/logout", [200]);
    answer("DELETE /api/refresh", [200]);
    const user = await open("/", ADA);
    await click(user, "Sign out");
    await heading("One account, and roles that count at once");
    await waitFor(() => expect(logouts).toHaveLength(1));
  });

  it("asks again who is signed in, where the server could not be reached", async () => {
    cut("POST /api/refresh");
    await open("/account", "unknown");
    expect(await screen.findByText("The server cannot be reached. Trying again …")).toBeVisible();
    answer("POST /api/refresh", [401]);
    await heading("Sign in");
    expect(screen.queryByText("The server cannot be reached. Trying again …")).toBeNull();
  });

  it("says when the server cannot be reached", async () => {
    const user = await open("/forgot");
    cut("POST /api/reset");
    await fill(user, { "E-mail address": "ada@lictor.test" });
    await click(user, "Send the letter");
    expect(await screen.findByText("The server cannot be reached. Trying again …")).toBeVisible();
  });
});
