import "../i18n/pages.en";

import { Link } from "react-router";

import { useI18n } from "../i18n";
import { useMe, useSession } from "../session";
import { Page } from "../ui/page";

export function Home() {
  const { t } = useI18n();
  const session = useSession();
  const { data: me } = useMe();
  if (session.state === "in" && me) {
    return (
      <Page isWide title={t("home.hello", { name: me.username })}>
        <p className="lead">{t("home.in")}</p>
        <p className="actions">
          <Link className="button" to="/dashboard">{t("app.dashboard")}</Link>
          <Link className="button quiet" to="/account">{t("app.account")}</Link>
        </p>
      </Page>
    );
  }
  return (
    <Page isWide title={t("home.title")}>
      <p className="lead">{t("home.lead")}</p>
      <p className="actions">
        <Link className="button" to="/login">{t("app.signin")}</Link>
        <Link className="button quiet" to="/register">{t("home.open")}</Link>
      </p>
    </Page>
  );
}
