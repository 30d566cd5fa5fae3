import "../i18n/pages.en";

import { useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { api, data, failure } from "../api/client";
import { tellOthers } from "../api/session";
import { useI18n } from "../i18n";
import { queries, useSession } from "../session";
import { Form, Submit } from "../ui/form";
import { Page } from "../ui/page";
import { useSending } from "../ui/submit";
import { endOf } from "./ended";

/** The page behind the link of a letter. It confirms by a button: whoever only looks, as scanners do, spends nothing. */
export function Confirm() {
  const { t } = useI18n();
  const go = useNavigate();
  const [query] = useSearchParams();
  const session = useSession();
  const [isSpent, setSpent] = useState(!query.get("token"));
  const headers = { Authorization: `Bearer ${query.get("token") ?? ""}` };
  const isNewAddress = query.get("purpose") === "new_address";
  const sending = useSending(async () => {
    try {
      await (isNewAddress ? change() : finalize());
    } catch (error) {
      if (!["ticket_spent", "invalid_token", "missing_token"].includes(failure(error).error)) throw error;
      setSpent(true);
    }
  });

  async function finalize(): Promise<void> {
    await endOf((await data(api.POST("/api/finalize", { headers }))).access_token);
    await go("/login", { state: { said: t("confirm.done") } });
  }

  async function change(): Promise<void> {
    await data(api.POST("/api/me/email/confirm", { headers }));
    await queries.invalidateQueries();
    tellOthers();
    await go(session.state === "in" ? "/account" : "/login", { state: { said: t("confirm.changed") } });
  }

  if (isSpent) return <Spent to="/check-inbox" />;
  return (
    <Page title={t("confirm.title")} isWrong={sending.problem !== null}>
      <p>{t("confirm.text")}</p>
      <Form sending={sending}>
        <Submit sending={sending}>{t("confirm.submit")}</Submit>
      </Form>
    </Page>
  );
}

/** A link that is no longer good, and what to do. */
export function Spent({ to }: { to: string }) {
  const { t } = useI18n();
  return (
    <Page title={t("link.spent")}>
      <p>{t("link.why")}</p>
      <p className="actions">
        <Link className="button" to="/login">{t("app.signin")}</Link>
        <Link className="button quiet" to={to}>{t("link.another")}</Link>
      </p>
    </Page>
  );
}
