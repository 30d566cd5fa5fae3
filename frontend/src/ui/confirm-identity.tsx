/** The dialog in which somebody shows once more who they are. */
import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { hasPasskeys, sign } from "./ceremony";
import { Dialog } from "./dialog";
import { Field, Form, PasswordField, Submit } from "./form";
import { useSending } from "./submit";

export function ConfirmIdentity({ ways, onClose }: { ways: string[]; onClose: (isConfirmed: boolean) => void }) {
  const { t } = useI18n();
  const byPassword = ways.includes("password");
  const byCode = ways.includes("totp");
  const confirm = async (proof: object) => {
    await data(api.POST("/api/me/reauthenticate", { body: proof }));
    onClose(true);
  };
  const signing = useSending(async () => {
    const { ticket, passkey = {} } = await data(api.GET("/api/me/reauthenticate"));
    await confirm({ ticket, assertion: await sign(passkey) });
  });
  const sending = useSending(({ password = "", code = "" }) => confirm(code ? { code } : { password }));
  const cancel = <button type="button" className="button quiet" onClick={() => onClose(false)}>{t("stepup.cancel")}</button>;
  return (
    <Dialog title={t("stepup.title")} onClose={() => onClose(false)}>
      <p>{t("stepup.lead")}</p>
      {ways.includes("passkey") && hasPasskeys() && (
        <Form sending={signing}>
          <p className="actions">
            <Submit sending={signing} kind={byPassword || byCode ? "quiet" : ""}>{t("passkey.use")}</Submit>
            {!byPassword && !byCode && cancel}
          </p>
        </Form>
      )}
      {(byPassword || byCode) && (
        <Form sending={sending}>
          {byPassword && <PasswordField name="password" label={t("stepup.password")} autoComplete="current-password" sending={sending} />}
          {byCode && (
            <Field name="code" label={t("stepup.code")} hint={byPassword ? t("stepup.instead") : undefined} autoComplete="one-time-code" sending={sending} />
          )}
          <p className="actions">
            <Submit sending={sending}>{t("stepup.submit")}</Submit>
            {cancel}
          </p>
        </Form>
      )}
    </Dialog>
  );
}
