/** A page of the console: where one is, the heading, and what was just done. */
import { type ReactNode, useEffect } from "react";
import { Link, NavLink } from "react-router";

import { useI18n } from "../i18n";
import { Said } from "../ui/page";
import { Toasts } from "./toast";

interface ConsolePageProps {
  title: string;
  /** What the title of the window says before it: the name of a tab. */
  part?: string;
  /** Whether something is wrong with what was filled in, which the title says. */
  isWrong?: boolean;
  /** What is done on this page, beside its heading. */
  actions?: ReactNode;
  tabs?: ReactNode;
  children: ReactNode;
}

export function ConsolePage({ title, part, isWrong = false, actions, tabs, children }: ConsolePageProps) {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${isWrong ? t("app.error") : ""}${part ? `${part} · ` : ""}${title} – Lictor`;
  }, [title, part, isWrong, t]);
  return (
    <main id="main" tabIndex={-1} className="wide console">
      <Toasts />
      <nav className="tabs" aria-label={t("console.title")}>
        <ul>
          <li><NavLink to="/admin/users">{t("console.users")}</NavLink></li>
          <li><NavLink to="/admin/roles">{t("console.roles")}</NavLink></li>
          <li><NavLink to="/admin/events">{t("console.trail")}</NavLink></li>
        </ul>
      </nav>
      <Said />
      <div className="heading">
        <h1>{title}</h1>
        {actions && <p className="actions">{actions}</p>}
      </div>
      {tabs}
      {children}
    </main>
  );
}

/** The parts of what one looks at: links, each to a path below `base`. */
export function Parts({ base, label, parts }: { base: string; label: string; parts: [path: string, name: string][] }) {
  return (
    <nav className="tabs parts" aria-label={label}>
      <ul>
        {parts.map(([path, name]) => (
          <li key={path}><NavLink to={path ? `${base}/${path}` : base} end>{name}</NavLink></li>
        ))}
      </ul>
    </nav>
  );
}

/** Nothing here, and what can be done about it. */
export function Empty({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p>{text}</p>
      {children && <p className="actions">{children}</p>}
    </div>
  );
}

export function Missing() {
  const { t } = useI18n();
  return (
    <ConsolePage title={t("missing.title")}>
      <p>{t("missing.text")}</p>
      <p className="actions"><Link className="button quiet" to="/admin/users">{t("console.users")}</Link></p>
    </ConsolePage>
  );
}
