import { useEffect } from "react";
import { Link, useNavigate } from "react-router";

import { api, data } from "../api/client";
import { forget, tellOthers } from "../api/session";
import { useI18n } from "../i18n";
import { Roles } from "../pages/dashboard";
import { farewell, queries, useMe } from "../session";
import { Field, Form, PasswordField, Submit } from "../ui/form";
import { Page } from "../ui/page";
import { useSending } from "../ui/submit";
import { Tabs } from "./tabs";

export function Profile() {
  const { t } = useI18n();
  const { data: me } = useMe();
  const go = useNavigate();
  const sending = useSending(
    async ({ username = "" }) => {
      await data(api.PATCH("/api/me", { body: { username } }));
      await queries.invalidateQueries({ queryKey: ["me"] });
      tellOthers();
      await go("/account", { replace: true, state: { said: t("account.renamed") } });
    },
    ["username"],
  );
  return (
    <Page isWide title={t("account.profile")} before={<Tabs />} isWrong={sending.problem !== null}>
      <section>
        <Form sending={sending}>
          <Field name="username" label={t("register.name")} hint={t("register.namehint")} value={me?.username} autoComplete="username" sending={sending} />
          <Submit sending={sending} kind="quiet">{t("account.save")}</Submit>
        </Form>
      </section>
      <section aria-labelledby="address">
        <h2 id="address">{t("account.email")}</h2>
        <p>{me?.email ? <strong className="address">{me.email}</strong> : t("account.noemail")}</p>
        <p className="actions">
          <Link className="button quiet" to="/account/email">{t(me?.email ? "account.change" : "account.add")}</Link>
        </p>
      </section>
      <section aria-labelledby="roles">
        <h2 id="roles">{t("dashboard.roles")}</h2>
        <Roles roles={me?.roles ?? []} />
      </section>
      <section aria-labelledby="end">
        <h2 id="end">{t("account.delete")}</h2>
        <p>{t("account.deletetext")}</p>
        <p className="actions">
          <Link className="button danger quiet" to="/account/delete">{t("account.delete")}</Link>
        </p>
      </section>
    </Page>
  );
}

export function Email() {
  const { t } = useI18n();
  const { data: me } = useMe();
  const go = useNavigate();
  const sending = useSending(
    async ({ email = "", password = "" }) => {
      const { message } = await data(api.PUT("/api/me/email", { body: { email, password } }));
      await queries.invalidateQueries({ queryKey: ["me"] });
      await go("/account", { state: { said: message } });
    },
    ["email", "password"],
  );
  return (
    <Page isWide title={t("account.email")} before={<Tabs />} isWrong={sending.problem !== null}>
      {me?.email && <p><strong className="address">{me.email}</strong></p>}
      <Form sending={sending}>
        <Field name="email" type="email" label={t("account.newemail")} hint={t("account.newemailhint")} autoComplete="email" sending={sending} />
        <PasswordField name="password" label={t("account.current")} autoComplete="current-password" sending={sending} />
        <p className="actions">
          <Submit sending={sending}>{t(me?.email ? "account.change" : "account.add")}</Submit>
          <Link className="button quiet" to="/account">{t("account.keep")}</Link>
        </p>
      </Form>
    </Page>
  );
}

export function Delete() {
  const { t } = useI18n();
  useEffect(() => () => void (farewell.said = null), []);
  const sending = useSending(
    async ({ password = "" }) => {
      await data(api.DELETE("/api/me", { body: { password } }));
      farewell.said = t("account.deleted");
      forget();
    },
    ["password"],
  );
  return (
    <Page isWide title={t("account.delete")} before={<Tabs />} isWrong={sending.problem !== null}>
      <p>{t("account.deletetext")}</p>
      <Form sending={sending}>
        <PasswordField name="password" label={t("account.current")} autoComplete="current-password" sending={sending} />
        <p className="actions">
          <Submit sending={sending} kind="danger">{t("account.deletefinal")}</Submit>
          <Link className="button quiet" to="/account">{t("account.keep")}</Link>
        </p>
      </Form>
    </Page>
  );
}
