import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { I18nProvider } from "../src/i18n";
import { Field, Form, PasswordField, Submit } from "../src/ui/form";
import { useSending } from "../src/ui/submit";
import { refusal } from "./server";

type Act = (fields: Record<string, string>) => Promise<unknown>;

function Example({ act, password }: { act: Act; password: string }) {
  const sending = useSending(act, ["username"]);
  return (
    <Form sending={sending}>
      <Field name="username" label="Username" hint="Others see it." autoComplete="username" sending={sending} />
      <Field name="email" type="email" label="E-mail" autoComplete="email" sending={sending} />
      <PasswordField name={password} label="Current password" autoComplete="current-password" sending={sending} />
      <Submit sending={sending}>Send</Submit>
    </Form>
  );
}

function fill(act: Act = async () => undefined, password = "current_password"): UserEvent {
  render(<Example act={act} password={password} />, { wrapper: I18nProvider });
  return userEvent.setup({ delay: null });
}

const field = (label: string) => screen.getByLabelText(label);
const button = (name: string) => screen.getByRole("button", { name });
const refusing = (error: string, more: object = {}): Act => () => Promise.reject(refusal(400, error, more)[1]);

async function send(user: UserEvent, name = "ada"): Promise<void> {
  if (name) await user.type(field("Username"), name);
  await user.click(button("Send"));
}

/** What is told of a refusal, once it has the focus. */
async function summary(): Promise<HTMLElement> {
  const told = await screen.findByRole("alert");
  await waitFor(() => expect(told.parentElement).toHaveFocus());
  return told;
}

describe("a field", () => {
  it.each([["Username", "username"], ["E-mail", "email"], ["Current password", "current-password"]])(
    "is found by its label %j, and filled in by browsers as %j",
    (label, autoComplete) => {
      fill();
      expect(field(label)).toHaveAttribute("autocomplete", autoComplete);
    },
  );

  it("tells its hint", () => {
    fill();
    expect(field("Username")).toHaveAccessibleDescription("Others see it.");
  });

  it("that is required and empty is told of, and nothing is sent", async () => {
    const act = vi.fn(async () => undefined);
    await send(fill(act), "");
    expect(field("Username")).toHaveAccessibleDescription("Others see it. Error:Fill in: Username");
    expect(act).not.toHaveBeenCalled();
  });

  it("that may be empty is sent as it is", async () => {
    const act = vi.fn(async () => undefined);
    await send(fill(act));
    expect(act).toHaveBeenCalledWith({ username: "ada", email: "", current_password: "" });
  });
});

describe("a refusal", () => {
  it("is told beside the fields that it names, all of them", async () => {
    await send(fill(refusing("validation_error", { fields: { username: ["Too short.", "Odd."], email: ["No @."] } })));
    await summary();
    expect(field("Username")).toHaveAccessibleDescription("Others see it. Error:Too short. Odd.");
    expect(field("E-mail")).toBeInvalid();
  });

  it("is told in a summary, which gets the focus", async () => {
    await send(fill(refusing("validation_error", { fields: { email: ["No @."] } })));
    expect(await summary()).toHaveTextContent("There is a problem");
  });

  it("leads from the summary to its field", async () => {
    const user = fill(refusing("validation_error", { fields: { email: ["No @."] } }));
    await send(user);
    await user.click(within(await summary()).getByRole("link", { name: "No @." }));
    expect(field("E-mail")).toHaveFocus();
  });

  it.each([
    ["username_taken", "Username", "This username is taken."],
    ["email_taken", "E-mail", "This e-mail address is taken."],
    ["wrong_password", "Current password", "The current password is wrong."],
  ])("%s is about %j", async (error, label, words) => {
    await send(fill(refusing(error)));
    await summary();
    expect(field(label)).toHaveAccessibleDescription(expect.stringContaining(words));
  });

  it("of a password is told beside the only one that there is", async () => {
    await send(fill(refusing("wrong_password"), "password"));
    await summary();
    expect(field("Current password")).toBeInvalid();
  });

  it("that is about no field is told in words of ours", async () => {
    await send(fill(refusing("invalid_credentials")));
    expect(await summary()).toHaveTextContent("Wrong username or password.");
  });

  it("that the app has no words for is told in those of the server", async () => {
    await send(fill(refusing("busy")));
    expect(await summary()).toHaveTextContent("It is busy.");
  });

  it("about fields that are not there is told as a whole", async () => {
    await send(fill(refusing("validation_error", { fields: { age: ["Too young."] } })));
    expect(await summary()).toHaveTextContent("Some fields are missing or not valid.");
  });

  it("is gone once it is sent again", async () => {
    const act = vi.fn(refusing("busy")).mockRejectedValueOnce(refusal(400, "busy")[1]).mockResolvedValueOnce(0);
    const user = fill(act);
    await send(user);
    await summary();
    await user.click(button("Send"));
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });
});

describe("a form that is being sent", () => {
  it("is not sent twice", async () => {
    const act = vi.fn(() => new Promise(() => undefined));
    const user = fill(act);
    await send(user);
    await user.click(button("Send"));
    await user.type(field("Username"), "{Enter}");
    expect(act).toHaveBeenCalledOnce();
  });

  it("says so", async () => {
    await send(fill(() => new Promise(() => undefined)));
    expect(button("Send")).toHaveAttribute("aria-disabled", "true");
  });

  it("can be sent again when it was refused", async () => {
    const act = vi.fn(refusing("busy"));
    const user = fill(act);
    await send(user);
    await summary();
    await user.click(button("Send"));
    expect(act).toHaveBeenCalledTimes(2);
  });
});

describe("a password", () => {
  it("is shown, and hidden again, by a button", async () => {
    const user = fill();
    await user.click(button("Show current password"));
    expect(field("Current password")).toHaveAttribute("type", "text");
    await user.click(button("Hide current password"));
    expect(field("Current password")).toHaveAttribute("type", "password");
  });

  it("is hidden when it is sent", async () => {
    const user = fill();
    await user.click(button("Show current password"));
    await send(user);
    await waitFor(() => expect(field("Current password")).toHaveAttribute("type", "password"));
  });

  it("tells that caps lock is on, and no longer when it is left", async () => {
    const user = fill();
    await user.click(field("Current password"));
    await user.keyboard("{CapsLock}");
    expect(screen.getByText("Caps lock is on.")).toBeVisible();
    await user.tab();
    expect(screen.queryByText("Caps lock is on.")).toBeNull();
  });
});
