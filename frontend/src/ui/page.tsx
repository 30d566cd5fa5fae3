/** A page: its title, its heading, which gets the focus when one comes from another page, and its messages. */
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "react-router";

import { failure } from "../api/client";
import { useI18n } from "../i18n";
import { told } from "./submit";

interface PageProps {
  title: string;
  children: ReactNode;
  isWide?: boolean;
  /** Whether something is wrong with what was filled in, which the title says. */
  isWrong?: boolean;
  before?: ReactNode;
}

export function Page({ title, children, isWide = false, isWrong = false, before }: PageProps) {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${isWrong ? t("app.error") : ""}${title} – Lictor`;
  }, [title, isWrong, t]);
  return (
    <main id="main" tabIndex={-1} className={isWide ? "wide" : "card"}>
      {before}
      <Said />
      <h1>{title}</h1>
      {children}
    </main>
  );
}

/** What was just done, as the page before handed it over; whoever reloads is not told again. */
export function Said() {
  const { key, state } = useLocation() as { key: string; state: { said?: string } | null };
  useEffect(() => {
    if (state?.said) window.history.replaceState({ ...window.history.state, usr: { ...state, said: undefined } }, "");
  }, [key]);
  return <div role="status">{state?.said && <p className="status">{state.said}</p>}</div>;
}

export function Loading() {
  const { t } = useI18n();
  return (
    <p className="hint" role="status">
      {t("app.loading")}
    </p>
  );
}

/** What could not be loaded, and a way to try again. */
export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useI18n();
  return (
    <div role="alert" className="summary">
      <p>{told(failure(error), t)}</p>
      <button type="button" className="button quiet" onClick={retry}>
        {t("app.retry")}
      </button>
    </div>
  );
}

export function Asides({ children }: { children: ReactNode }) {
  return <ul className="asides">{children}</ul>;
}

export function Aside({ to, children, before }: { to: string; children: ReactNode; before?: string }) {
  return (
    <li>
      {before} <Link to={to}>{children}</Link>
    </li>
  );
}
