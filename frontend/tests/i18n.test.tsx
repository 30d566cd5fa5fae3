import { act, render, renderHook, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";

import { I18nProvider, LOCALES, useI18n } from "../src/i18n";
import { consoleEn } from "../src/i18n/console.en";
import { de } from "../src/i18n/de";
import { en, type Key } from "../src/i18n/en";
import { pagesEn } from "../src/i18n/pages.en";
import { open } from "./app";

const english: Record<string, string> = { ...en, ...pagesEn, ...consoleEn };
const german: Record<string, string> = de;
/** What is the same word in both languages. */
const SAME = /^[^\p{Letter}]*$|^\{\w+\}$/u;

const placeholders = (words: string) => (words.match(/\{\w+\}/g) ?? []).sort();
const speak = (locale: keyof typeof LOCALES) => {
  localStorage.setItem("lictor.locale", locale);
  return renderHook(useI18n, { wrapper: I18nProvider }).result;
};

describe("German", () => {
  it("has every key, and no other", () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it("says something wherever English does", () => {
    const mute = Object.keys(english).filter((key) => english[key]?.trim() && !german[key]?.trim());
    expect(mute).toEqual([]);
  });

  it("has the same placeholders", () => {
    const odd = Object.keys(english).filter(
      (key) => String(placeholders(english[key]!)) !== String(placeholders(german[key]!)),
    );
    expect(odd).toEqual([]);
  });

  it("is German", () => {
    const sentences = Object.keys(english).filter((key) => english[key]!.split(" ").length > 2 && !SAME.test(english[key]!));
    expect(sentences.filter((key) => german[key] === english[key])).toEqual([]);
  });

  it("calls people Sie", () => {
    expect(Object.keys(german).filter((key) => /\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir)\b/.test(german[key]!))).toEqual([]);
  });

  it("says no key twice", () => {
    expect(Object.keys(english)).toHaveLength([en, pagesEn, consoleEn].flatMap((part) => Object.keys(part)).length);
  });
});

describe("words", () => {
  it("have their placeholders filled in", () => {
    expect(speak("en").current.t("home.hello", { name: "{name}" })).toBe("Hello, {name}");
  });

  it("are empty where there are none", () => {
    expect(speak("en").current.t("event.of.tomorrow" as Key)).toBe("");
  });

  it("come with the page that says them", async () => {
    const pages = import.meta.glob<string>("../src/{pages,account,ui,console}/**/*.{ts,tsx}", {
      query: "?raw",
      import: "default",
      eager: true,
    });
    const folders = new Map<string, string>();
    for (const [path, text] of Object.entries(pages)) {
      const place = /\/(account|console)\//.exec(path)?.[1] ?? path;
      folders.set(place, (folders.get(place) ?? "") + text);
    }
    const missing = [...folders].filter(([, text]) => {
      const said = [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((found) => found[1]!);
      return said.some((key) => !(key in en)) && !/import "[./]+i18n\/(pages|console)\.en"/.test(text);
    });
    expect(missing.map(([place]) => place)).toEqual([]);
  });
});

describe("the language", () => {
  it("is that of the browser", async () => {
    vi.spyOn(navigator, "language", "get").mockReturnValue("de-AT");
    const { result } = renderHook(useI18n, { wrapper: I18nProvider });
    await waitFor(() => expect(result.current.t("login.password")).toBe("Passwort"));
    expect(document.documentElement.lang).toBe("de");
  });

  it.each(["fr-FR", "toString"])("is English where the browser speaks %s", (language) => {
    vi.spyOn(navigator, "language", "get").mockReturnValue(language);
    expect(renderHook(useI18n, { wrapper: I18nProvider }).result.current.locale).toBe("en");
  });

  it("is the one that was chosen last, and chosen alone is kept", async () => {
    const result = speak("en");
    act(() => result.current.choose("de"));
    await waitFor(() => expect(result.current.t("app.signin")).toBe("Anmelden"));
    expect(localStorage.getItem("lictor.locale")).toBe("de");
  });

  it("is chosen at the foot of every page", async () => {
    const user = userEvent.setup({ delay: null });
    await open("/login");
    await user.selectOptions(await screen.findByLabelText("Language"), "Deutsch");
    expect(await screen.findByRole("heading", { name: "Anmelden" })).toBeVisible();
    await user.selectOptions(screen.getByLabelText("Sprache"), "English");
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
  });

  it("works where nothing can be stored", () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("", "SecurityError");
    });
    render(<I18nProvider>here</I18nProvider>);
    expect(screen.getByText("here")).toBeVisible();
  });

  it.each([["en", "Jan 31, 2026"], ["de", "31.01.2026"]] as const)("of dates is %s", (locale, day) => {
    expect(speak(locale).current.moment("2026-01-31T12:00:00")).toContain(day);
  });
});
