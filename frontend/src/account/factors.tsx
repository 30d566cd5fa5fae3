/** One's own second factors: the authenticator app, passkeys, and the recovery codes that come with the first of them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import type { components } from "../api/schema";
import { useI18n } from "../i18n";
import { queries } from "../session";
import { hasPasskeys, make } from "../ui/ceremony";
import { Dialog } from "../ui/dialog";
import { Field, Form, Submit, Summary } from "../ui/form";
import { Failed, Loading, Page } from "../ui/page";
import { type Sending, useSending } from "../ui/submit";
import { RecoveryCodes } from "./recovery-codes";
import { Tabs } from "./tabs";

type Found = components["schemas"]["FactorsOut"];
type Passkey = components["schemas"]["PasskeyOut"];

/** What is said, and the recovery codes that are shown this once, after something was changed. */
type Done = (said: string, codes?: string[]) => Promise<void>;

export function Factors() {
  const { t } = useI18n();
  const [said, say] = useState("");
  const [codes, show] = useState<string[]>([]);
  const found = useQuery({ queryKey: ["factors"], queryFn: () => data(api.GET("/api/me/factors")) });
  const done: Done = async (told, made = []) => {
    say(told);
    show(made);
    await queries.invalidateQueries();
    document.getElementById("main")?.focus();
  };
  if (codes.length) return <RecoveryCodes said={said} codes={codes} onSaved={() => (show([]), say(""))} />;
  return (
    <Page isWide title={t("factors.title")} before={<Tabs />}>
      <div role="status">{said && <p className="status">{said}</p>}</div>
      <p>{t("factors.lead")}</p>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && (
        <>
          <App found={found.data} done={done} />
          <Passkeys passkeys={found.data.passkeys} done={done} />
          <Codes found={found.data} done={done} />
        </>
      )}
    </Page>
  );
}

function App({ found, done }: { found: Found; done: Done }) {
  const { t, moment } = useI18n();
  const [begun, begin] = useState<components["schemas"]["NewTotpOut"] | null>(null);
  const beginning = useSending(async () => begin(await data(api.POST("/api/me/factors/totp"))));
  const removing = useSending(async () => {
    await data(api.DELETE("/api/me/factors/totp"));
    await done(t("factors.appremoved"));
  });
  return (
    <section aria-labelledby="app">
      <h2 id="app">{t("factors.app")}</h2>
      {found.totp ? (
        <Form sending={removing}>
          <p>{t("factors.since", { when: moment(found.totp.confirmed_at) })}</p>
          <Submit sending={removing} kind="quiet danger">{t("factors.removeapp")}</Submit>
        </Form>
      ) : (
        <Form sending={beginning}>
          <p>{t("factors.noapp")}</p>
          <Submit sending={beginning} kind="quiet">{t("factors.setup")}</Submit>
        </Form>
      )}
      {begun && !found.totp && <Setup begun={begun} done={done} onClose={() => begin(null)} />}
    </section>
  );
}

function Setup({ begun, done, onClose }: { begun: components["schemas"]["NewTotpOut"]; done: Done; onClose: () => void }) {
  const { t } = useI18n();
  const sending = useSending(async ({ code = "" }) => {
    const answer = await data(api.POST("/api/me/factors/totp/confirm", { body: { code: code.replace(/\s/g, "") } }));
    onClose();
    await done(t("factors.appcounts"), answer.recovery_codes);
  }, ["code"]);
  return (
    <Dialog title={t("factors.setup")} onClose={onClose}>
      <p>{t("factors.scan")}</p>
      <img className="qr" alt={t("factors.qr")} src={`data:image/svg+xml,${encodeURIComponent(begun.qr_svg)}`} width="200" height="200" />
      <p>{t("factors.ortype")} <code className="typed">{begun.secret.replace(/(.{4})(?=.)/g, "$1 ")}</code></p>
      <Form sending={sending}>
        <Field name="code" label={t("factors.code")} autoComplete="one-time-code" sending={sending} />
        <Acts sending={sending} submit={t("factors.confirm")} onClose={onClose} />
      </Form>
    </Dialog>
  );
}

function Passkeys({ passkeys, done }: { passkeys: Passkey[]; done: Done }) {
  const { t } = useI18n();
  const [isAdding, add] = useState(false);
  return (
    <section aria-labelledby="passkeys">
      <h2 id="passkeys">{t("factors.passkeys")}</h2>
      <p>{t(passkeys.length ? "factors.passkeysare" : "factors.nopasskey")}</p>
      {passkeys.length > 0 && (
        <ul className="sessions">
          {passkeys.map((passkey) => <Listed key={passkey.id} passkey={passkey} done={done} />)}
        </ul>
      )}
      <p className="actions">
        {hasPasskeys() ? (
          <button type="button" className="button quiet" onClick={() => add(true)}>{t("factors.addpasskey")}</button>
        ) : (
          <span className="hint">{t("factors.nobrowser")}</span>
        )}
      </p>
      {isAdding && <Adding done={done} onClose={() => add(false)} />}
    </section>
  );
}

function Listed({ passkey, done }: { passkey: Passkey; done: Done }) {
  const { t, moment } = useI18n();
  const [isNaming, rename] = useState(false);
  const { id, name } = passkey;
  const params = { path: { passkey_id: id } };
  const removing = useSending(async () => {
    await data(api.DELETE("/api/me/factors/passkeys/{passkey_id}", { params }));
    await done(t("factors.passkeyremoved", { name }));
  });
  return (
    <li>
      <div>
        <h3>{name}</h3>
        <p className="hint">
          {t("factors.since", { when: moment(passkey.created_at) })}{" "}
          {passkey.last_used_at ? t("factors.used", { when: moment(passkey.last_used_at) }) : t("factors.unused")}
        </p>
        <Summary problem={removing.problem} />
      </div>
      <form method="post" className="actions" onSubmit={removing.send}>
        <button type="button" className="button quiet" aria-label={t("factors.renameit", { name })} onClick={() => rename(true)}>{t("factors.rename")}</button>
        <button type="submit" className="button quiet danger" aria-label={t("factors.removeit", { name })}>{t("factors.remove")}</button>
      </form>
      {isNaming && (
        <Naming
          title={t("factors.renameit", { name })}
          submit={t("account.save")}
          name={name}
          act={async (wanted) => {
            await data(api.PATCH("/api/me/factors/passkeys/{passkey_id}", { params, body: { name: wanted } }));
            rename(false);
            await done(t("factors.renamed", { name: wanted }));
          }}
          onClose={() => rename(false)}
        />
      )}
    </li>
  );
}

function Adding({ done, onClose }: { done: Done; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Naming
      title={t("factors.addpasskey")}
      lead={t("factors.addtext")}
      submit={t("factors.goon")}
      name={t("factors.passkey")}
      act={async (name) => {
        const { ticket, options } = await data(api.POST("/api/me/factors/passkeys/options"));
        const attestation = await make(options);
        const answer = await data(api.POST("/api/me/factors/passkeys", { body: { ticket, attestation, name } }));
        onClose();
        await done(t("factors.added", { name }), answer.recovery_codes);
      }}
      onClose={onClose}
    />
  );
}

interface NamingProps {
  title: string;
  lead?: string;
  submit: string;
  name: string;
  act: (name: string) => Promise<void>;
  onClose: () => void;
}

function Naming({ title, lead, submit, name, act, onClose }: NamingProps) {
  const { t } = useI18n();
  const sending = useSending(({ name: wanted = "" }) => act(wanted.trim()), ["name"]);
  return (
    <Dialog title={title} onClose={onClose}>
      {lead && <p>{lead}</p>}
      <Form sending={sending}>
        <Field name="name" label={t("factors.name")} hint={t("factors.namehint")} value={name} autoComplete="off" sending={sending} />
        <Acts sending={sending} submit={submit} onClose={onClose} />
      </Form>
    </Dialog>
  );
}

function Acts({ sending, submit, onClose }: { sending: Sending; submit: string; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <p className="actions">
      <Submit sending={sending}>{submit}</Submit>
      <button type="button" className="button quiet" onClick={onClose}>{t("stepup.cancel")}</button>
    </p>
  );
}

function Codes({ found, done }: { found: Found; done: Done }) {
  const { t } = useI18n();
  const making = useSending(async () => {
    const { recovery_codes } = await data(api.POST("/api/me/factors/recovery-codes"));
    await done(t("factors.codesnew"), recovery_codes);
  });
  if (!found.totp && !found.passkeys.length) return null;
  return (
    <section aria-labelledby="codes">
      <h2 id="codes">{t("factors.codes")}</h2>
      <Form sending={making}>
        <p>{t("factors.left", { count: found.recovery_codes_left })}</p>
        <Submit sending={making} kind="quiet">{t("factors.newcodes")}</Submit>
      </Form>
    </section>
  );
}
