import "../i18n/pages.en";

import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { api, data, failure } from "../api/client";
import { useI18n } from "../i18n";
import { Field, Form, PasswordField, Submit } from "../ui/form";
import { Aside, Asides, Page } from "../ui/page";
import { useSending } from "../ui/submit";
import { Spent } from "./confirm";
import { endOf } from "./ended";
import { signIn } from "./login";

export function Forgot() {
  const { t } = useI18n();
  const [isSent, setSent] = useState(false);
  const sending = useSending(
    async ({ email = "" }) => {
      await data(api.POST("/api/reset", { body: { email } }));
      setSent(true);
    },
    ["email"],
  );
  if (isSent) {
    return (
      <Page title={t("inbox.title")}>
        <p>{t("forgot.sent")}</p>
        <p className="actions"><Link className="button quiet" to="/login">{t("forgot.back")}</Link></p>
      </Page>
    );
  }
  return (
    <Page title={t("forgot.title")} isWrong={sending.problem !== null}>
      <p>{t("forgot.text")}</p>
      <Form sending={sending}>
        <Field name="email" type="email" label={t("register.email")} autoComplete="email" sending={sending} />
        <Submit sending={sending}>{t("forgot.submit")}</Submit>
      </Form>
      <Asides>
        <Aside to="/login">{t("forgot.back")}</Aside>
      </Asides>
    </Page>
  );
}

/** The page behind the link of a reset or an invitation; whoever chose a password is signed in with it. */
export function Reset() {
  const { t } = useI18n();
  const go = useNavigate();
  const [query] = useSearchParams();
  const ticket = query.get("token");
  const [isSpent, setSpent] = useState(!ticket);
  const sending = useSending(
    async ({ password = "" }) => {
      try {
        const headers = { Authorization: `Bearer ${ticket}` };
        const answer = await data(api.POST("/api/reset_finalize", { body: { password }, headers }));
        await endOf(answer.access_token);
        await signIn({ username: String(answer.user), password });
        await go("/dashboard", { replace: true });
      } catch (error) {
        if (!["ticket_spent", "invalid_token"].includes(failure(error).error)) throw error;
        setSpent(true);
      }
    },
    ["password"],
  );
  if (isSpent) return <Spent to="/forgot" />;
  return (
    <Page title={t("reset.title")} isWrong={sending.problem !== null}>
      <p>{t("reset.text")}</p>
      <Form sending={sending}>
        <PasswordField name="password" label={t("reset.new")} hint={t("password.hint")} autoComplete="new-password" sending={sending} />
        <Submit sending={sending}>{t("reset.submit")}</Submit>
      </Form>
    </Page>
  );
}
