/** The second step of a sign-in: a passkey, a code of the app, or a recovery code. */
import { api, data, type Failure } from "../api/client";
import { enter } from "../api/session";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { hasPasskeys, sign } from "../ui/ceremony";
import { Field, Form, Submit } from "../ui/form";
import { Page } from "../ui/page";
import { useSending } from "../ui/submit";

/** What the first step was answered with. */
export function SecondStep({ asked, onBack }: { asked: Failure; onBack: () => void }) {
  const { t } = useI18n();
  const { ticket = "", factors = [], passkey } = asked;
  const hasApp = factors.includes("totp");
  const finish = async (proof: object) =>
    enter(await data(api.POST("/api/login/factor", { body: { ticket, ...proof }, credentials: "include" })));
  const byPasskey = useSending(async () => finish({ assertion: await sign(passkey ?? {}) }));
  const byCode = useSending(async ({ code = "" }) => {
    const typed = code.replace(/\s/g, "");
    await finish(hasApp && typed.length <= 8 ? { code: typed } : { recovery_code: typed });
  }, ["code"]);
  const offersPasskey = factors.includes("passkey") && hasPasskeys();
  return (
    <Page title={t("step.title")} isWrong={(byPasskey.problem ?? byCode.problem) !== null}>
      <p>{t(hasApp ? "step.lead" : "step.leadpasskey")}</p>
      {offersPasskey && (
        <Form sending={byPasskey}>
          <Submit sending={byPasskey}>{t("passkey.use")}</Submit>
        </Form>
      )}
      <Form sending={byCode}>
        <Field name="code" label={t(hasApp ? "step.code" : "step.recovery")} autoComplete="one-time-code" sending={byCode} />
        <Submit sending={byCode} kind={offersPasskey ? "quiet" : ""}>{t("login.title")}</Submit>
      </Form>
      <p className="asides">
        <button type="button" className="button quiet" onClick={onBack}>{t("step.again")}</button>
      </p>
    </Page>
  );
}
