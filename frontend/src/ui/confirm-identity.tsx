/** The dialog in which somebody shows once more who they are. */
import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { Dialog } from "./dialog";
import { Field, Form, PasswordField, Submit } from "./form";
import { useSending } from "./submit";

export function ConfirmIdentity({ ways, onClose }: { ways: string[]; onClose: (isConfirmed: boolean) => void }) {
  const { t } = useI18n();
  const byPassword = ways.includes("password");
  const sending = useSending(async ({ password = "", code = "" }) => {
    await data(api.POST("/api/me/reauthenticate", { body: code ? { code } : { password } }));
    onClose(true);
  });
  return (
    <Dialog title={t("stepup.title")} onClose={() => onClose(false)}>
      <p>{t("stepup.lead")}</p>
      <Form sending={sending}>
        {byPassword && <PasswordField name="password" label={t("stepup.password")} autoComplete="current-password" sending={sending} />}
        {ways.includes("totp") && (
          <Field name="code" label={t("stepup.code")} hint={byPassword ? t("stepup.instead") : undefined} autoComplete="one-time-code" sending={sending} />
        )}
        <p className="actions">
          <Submit sending={sending}>{t("stepup.submit")}</Submit>
          <button type="button" className="button quiet" onClick={() => onClose(false)}>{t("stepup.cancel")}</button>
        </p>
      </Form>
    </Dialog>
  );
}
