import { lazy, useEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { api, data, failure } from "../api/client";
import { CARRIER, enter } from "../api/session";
import { useI18n } from "../i18n";
import { pathOfOurs } from "../next";
import { useSession } from "../session";
import { Check, Field, Form, PasswordField, Submit } from "../ui/form";
import { Aside, Asides, Page } from "../ui/page";
import { useSending } from "../ui/submit";

const SecondStep = lazy(() => import("./second-step").then((page) => ({ default: page.SecondStep })));

export function Login() {
  const { t } = useI18n();
  const [query] = useSearchParams();
  const goal = pathOfOurs(query.get("next"));
  const go = useNavigate();
  const session = useSession();
  const goOn = useRef(() => void go(goal ?? "/dashboard", { replace: true }));
  goOn.current = () => void go(goal ?? "/dashboard", { replace: true });
  const [ticket, wait] = useState("");
  const sending = useSending(async (fields) => {
    try {
      await signIn(fields);
    } catch (error) {
      const { error: code, ticket: pending } = failure(error);
      if (code !== "second_factor_required" || !pending) throw error;
      wait(pending);
    }
  }, ["username", "password"]);
  useEffect(() => {
    if (session.state === "in") goOn.current();
  }, [session.state]);
  if (ticket && session.state !== "in") return <SecondStep ticket={ticket} onBack={() => wait("")} />;
  return (
    <Page title={t("login.title")} isWrong={sending.problem !== null}>
      {goal && !sending.problem && <p className="status" role="status">{t("login.goon")}</p>}
      <Form sending={sending}>
        <Field name="username" label={t("login.name")} autoComplete="username" sending={sending} />
        <PasswordField name="password" label={t("login.password")} autoComplete="current-password" sending={sending} />
        <Check name="remember" label={t("login.remember")} />
        <Submit sending={sending}>{t("login.title")}</Submit>
      </Form>
      <Asides>
        <Aside to="/forgot">{t("login.forgot")}</Aside>
        <Aside to="/check-inbox">{t("login.noletter")}</Aside>
        <Aside to="/register" before={t("login.new")}>{t("home.open")}</Aside>
      </Asides>
    </Page>
  );
}

/** Sign in; the session is kept alive as this app was built for. */
export async function signIn({ username = "", password = "", remember }: Record<string, string>): Promise<void> {
  const body = { username, password, remember: remember === "on", refresh: CARRIER } as const;
  enter(await data(api.POST("/api/login", { body, credentials: "include" })));
}
