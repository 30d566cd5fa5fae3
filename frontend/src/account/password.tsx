import { useNavigate } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { queries, useMe } from "../session";
import { Form, PasswordField, Submit } from "../ui/form";
import { Page } from "../ui/page";
import { useSending } from "../ui/submit";
import { Tabs } from "./tabs";

export function Password() {
  const { t } = useI18n();
  const { data: me } = useMe();
  const go = useNavigate();
  const sending = useSending(
    async ({ current_password = "", new_password = "" }) => {
      await data(api.PUT("/api/me/password", { body: { current_password, new_password } }));
      await queries.invalidateQueries();
      await go("/account", { state: { said: t("account.passwordchanged") } });
    },
    ["current_password", "new_password"],
  );
  return (
    <Page isWide title={t("account.changepassword")} before={<Tabs />} isWrong={sending.problem !== null}>
      <p>{t("account.others")}</p>
      <Form sending={sending}>
        <input className="unseen" name="username" value={me?.username ?? ""} autoComplete="username" tabIndex={-1} aria-hidden readOnly />
        <PasswordField name="current_password" label={t("account.current")} autoComplete="current-password" sending={sending} />
        <PasswordField name="new_password" label={t("reset.new")} hint={t("password.hint")} autoComplete="new-password" sending={sending} />
        <Submit sending={sending}>{t("reset.submit")}</Submit>
      </Form>
    </Page>
  );
}
