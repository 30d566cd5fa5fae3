import "../i18n/pages.en";

import { Link, useLocation, useNavigate } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { useCountdown } from "../session";
import { Field, Form, PasswordField, Submit } from "../ui/form";
import { Aside, Asides, Page } from "../ui/page";
import { useSending } from "../ui/submit";
import { endOf } from "./ended";

/** How many seconds a letter is given to arrive, before another one can be asked for. */
const PATIENCE = 60;

export function Register() {
  const { t } = useI18n();
  const go = useNavigate();
  const sending = useSending(
    async ({ username = "", email, password = "" }) => {
      const body = { username, password, ...(email && { email }) };
      const answer = await data(api.POST("/api/registration", { body }));
      if (!answer.access_token) return go("/check-inbox", { state: { email } });
      await endOf(answer.access_token);
      return go("/login", { state: { said: t("register.done") } });
    },
    ["username", "password"],
  );
  return (
    <Page title={t("register.title")} isWrong={sending.problem !== null}>
      <Form sending={sending}>
        <Field name="username" label={t("register.name")} hint={t("register.namehint")} autoComplete="username" sending={sending} />
        <Field name="email" type="email" label={t("register.email")} hint={t("register.emailhint")} autoComplete="email" sending={sending} />
        <PasswordField name="password" label={t("login.password")} hint={t("password.hint")} autoComplete="new-password" sending={sending} />
        <Submit sending={sending}>{t("register.submit")}</Submit>
      </Form>
      <Asides>
        <Aside to="/login" before={t("register.have")}>{t("app.signin")}</Aside>
      </Asides>
    </Page>
  );
}

export function CheckInbox() {
  const { t } = useI18n();
  const { state } = useLocation() as { state: { email?: string } | null };
  const [left, wait] = useCountdown(PATIENCE);
  const sending = useSending(
    async ({ email = "" }) => {
      if (left) return;
      await data(api.POST("/api/finalize/resend", { body: { email } }));
      wait();
    },
    ["email"],
  );
  return (
    <Page title={t("inbox.title")} isWrong={sending.problem !== null}>
      <p>{state?.email ? t("inbox.sent", { email: state.email }) : t("inbox.text")}</p>
      <h2>{t("inbox.none")}</h2>
      <p>{t("inbox.wait")}</p>
      <Form sending={sending}>
        <Field name="email" type="email" label={t("register.email")} value={state?.email} autoComplete="email" sending={sending} />
        <Submit sending={sending} kind="quiet">{left ? t("inbox.cooldown", { seconds: left }) : t("inbox.again")}</Submit>
      </Form>
      <Asides>
        <li><Link to="/login">{t("app.signin")}</Link></li>
        <li><Link to="/register">{t("inbox.wrong")}</Link></li>
      </Asides>
    </Page>
  );
}
