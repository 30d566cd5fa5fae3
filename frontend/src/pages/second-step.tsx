/** The second step of a sign-in: a code of the app, or a recovery code. */
import { api, data } from "../api/client";
import { enter } from "../api/session";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { Field, Form, Submit } from "../ui/form";
import { Page } from "../ui/page";
import { useSending } from "../ui/submit";

export function SecondStep({ ticket, onBack }: { ticket: string; onBack: () => void }) {
  const { t } = useI18n();
  const sending = useSending(async ({ code = "" }) => {
    const typed = code.replace(/\s/g, "");
    const proof = typed.length > 8 ? { recovery_code: typed } : { code: typed };
    enter(await data(api.POST("/api/login/factor", { body: { ticket, ...proof }, credentials: "include" })));
  }, ["code"]);
  return (
    <Page title={t("step.title")} isWrong={sending.problem !== null}>
      <p>{t("step.lead")}</p>
      <Form sending={sending}>
        <Field name="code" label={t("step.code")} autoComplete="one-time-code" sending={sending} />
        <Submit sending={sending}>{t("login.title")}</Submit>
      </Form>
      <p className="asides">
        <button type="button" className="button quiet" onClick={onBack}>{t("step.again")}</button>
      </p>
    </Page>
  );
}
