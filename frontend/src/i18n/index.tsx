/** The language of the app: that of the browser, or the one that was chosen last. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

import { prefer, preference } from "../preference";
import type { Key, Messages } from "./en";
import { english } from "./english";

export const LOCALES = { en: "English", de: "Deutsch" } as const;
export type Locale = keyof typeof LOCALES;
export type Values = Record<string, string | number>;
export type Translate = (key: Key, values?: Values) => string;

interface I18n {
  locale: Locale;
  choose: (locale: Locale) => void;
  t: Translate;
  moment: (at: string | number) => string;
}

/** How each language but English is loaded, once somebody wants it. */
const LOAD: Record<Exclude<Locale, "en">, () => Promise<Messages>> = {
  de: () => import("./de").then((loaded) => loaded.de),
};
const KEPT = "lictor.locale";
const Context = createContext<I18n | null>(null);

export function I18nProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState<Locale>(preferred);
  const [messages, setMessages] = useState(english);

  useEffect(() => {
    let isWanted = true;
    document.documentElement.lang = locale;
    void (locale === "en" ? Promise.resolve(english) : LOAD[locale]()).then(
      (loaded) => isWanted && setMessages(loaded),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [locale]);

  const told = useMemo(() => i18n(locale, (chosen) => (prefer(KEPT, chosen), setLocale(chosen)), messages), [locale, messages]);
  return <Context.Provider value={told}>{children}</Context.Provider>;
}

export function useI18n(): I18n {
  const told = useContext(Context);
  if (!told) throw new Error("I18nProvider is missing");
  return told;
}

function i18n(locale: Locale, choose: (locale: Locale) => void, messages: Partial<Messages>): I18n {
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  return {
    locale,
    choose,
    t: (key, values = {}) =>
      (messages[key] ?? english[key] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")),
    moment: (at) => format.format(new Date(at)),
  };
}

function preferred(): Locale {
  const wanted = preference(KEPT) ?? navigator.language.slice(0, 2);
  return Object.hasOwn(LOCALES, wanted) ? (wanted as Locale) : "en";
}
