import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { Field, Form, PasswordField, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { changed, keep } from "./calls";
import { Reason, reasonOf } from "./fields";
import { ConsolePage } from "./page";
import { RolePicker } from "./role-picker";

/** Make an account; without a password, its owner is invited by a letter to choose one. */
export function NewUser() {
  const { t } = useI18n();
  const go = useNavigate();
  const [roles, choose] = useState<ReadonlySet<string>>(new Set());
  const sending = useSending(
    async ({ username = "", email, password, ...fields }) => {
      const body = { username, roles: [...roles], reason: reasonOf(fields), ...(email && { email }), ...(password && { password }) };
      const user = await data(api.POST("/api/admin/users", { body }));
      keep(user);
      await go(`/admin/users/${user.id}`, { state: { said: t(password ? "console.made" : "console.invited", { name: user.username }) } });
      await changed();
    },
    ["username"],
  );
  return (
    <ConsolePage title={t("console.newuser")} isWrong={sending.problem !== null}>
      <Form sending={sending} className="slim">
        <Field name="username" label={t("register.name")} hint={t("register.namehint")} autoComplete="off" sending={sending} />
        <Field name="email" type="email" label={t("register.email")} hint={t("console.emailhint")} autoComplete="off" sending={sending} />
        <PasswordField name="password" label={t("login.password")} hint={t("console.passwordhint")} autoComplete="new-password" sending={sending} />
        <RolePicker label={t("console.moreroles")} chosen={roles} onChange={choose} />
        <Reason />
        <p className="actions">
          <Submit sending={sending}>{t("console.make")}</Submit>
          <Link className="button quiet" to="/admin/users">{t("console.cancel")}</Link>
        </p>
      </Form>
    </ConsolePage>
  );
}
