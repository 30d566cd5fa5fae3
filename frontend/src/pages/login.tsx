import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { api, data, type Failure, failure } from "../api/client";
import { CARRIER, enter } from "../api/session";
import { useI18n } from "../i18n";
import { pathOfOurs } from "../next";
import { useSession } from "../session";
import { Check, Field, Form, PasswordField, Submit } from "../ui/form";
import { Aside, Asides, Page } from "../ui/page";
import { useSending } from "../ui/submit";

// Nobody waits for these at the door, and where they do not come the password is still there.
const PasskeyLogin = lazy(() =>
  import("../ui/passkey-login").then(
    (part) => ({ default: part.PasskeyLogin }),
    () => ({ default: () => null }),
  ),
);
const SecondStep = lazy(() => import("./second-step").then((page) => ({ default: page.SecondStep })));

export function Login() {
  const { t } = useI18n();
  const [query] = useSearchParams();
  const goal = pathOfOurs(query.get("next"));
  const go = useNavigate();
  const session = useSession();
  const goOn = useRef(() => void go(goal ?? "/dashboard", { replace: true }));
  goOn.current = () => void go(goal ?? "/dashboard", { replace: true });
  const [asked, wait] = useState<Failure | null>(null);
  const sending = useSending(async (fields) => {
    try {
      await signIn(fields);
    } catch (error) {
      const refusal = failure(error);
      if (refusal.error !== "second_factor_required") throw error;
      wait(refusal);
    }
  }, ["username", "password"]);
  useEffect(() => {
    if (session.state === "in") goOn.current();
  }, [session.state]);
  if (asked && session.state !== "in") return <SecondStep asked={asked} onBack={() => wait(null)} />;
  return (
    <Page title={t("login.title")} isWrong={sending.problem !== null}>
      {goal && !sending.problem && <p className="status" role="status">{t("login.goon")}</p>}
      <Form sending={sending}>
        <Field name="username" label={t("login.name")} autoComplete="username webauthn" sending={sending} />
        <PasswordField name="password" label={t("login.password")} autoComplete="current-password" sending={sending} />
        <Check name="remember" label={t("login.remember")} />
        <Submit sending={sending}>{t("login.title")}</Submit>
      </Form>
      <Suspense>
        <PasskeyLogin />
      </Suspense>
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
