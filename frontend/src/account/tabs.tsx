import { NavLink } from "react-router";

import { useI18n } from "../i18n";

export function Tabs() {
  const { t } = useI18n();
  return (
    <nav className="tabs" aria-label={t("account.title")}>
      <ul>
        <li><NavLink to="/account" end>{t("account.profile")}</NavLink></li>
        <li><NavLink to="/account/password">{t("account.password")}</NavLink></li>
        <li><NavLink to="/account/factors">{t("account.factors")}</NavLink></li>
        <li><NavLink to="/account/sessions">{t("account.sessions")}</NavLink></li>
        <li><NavLink to="/account/history">{t("account.history")}</NavLink></li>
      </ul>
    </nav>
  );
}
