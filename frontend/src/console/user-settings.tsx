import { useState } from "react";
import { useNavigate } from "react-router";

import { api, data, failure, type Failure } from "../api/client";
import { forget } from "../api/session";
import { useI18n } from "../i18n";
import { Field, Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { changed, ifMatch, keep, reload } from "./calls";
import { ActDialog, Guidance } from "./dialog";
import { Reason, reasonOf } from "./fields";
import { useToast } from "./toast";
import type { User } from "./types";

interface Patch {
  username?: string;
  email?: string | null;
  is_active?: boolean;
  email_confirmed?: true;
  reason: string | null;
}

interface PartProps {
  user: User;
  isSelf: boolean;
}

/** Change a user as they were when they were looked at: what somebody else changed since is not overwritten. */
async function edit(user: User, patch: Patch): Promise<void> {
  const params = { path: { user_id: user.id } };
  keep(await data(api.PATCH("/api/admin/users/{user_id}", { params, headers: ifMatch(user), body: patch })));
  void changed();
}

export function UserSettings({ user, isSelf }: PartProps) {
  // A form that begins anew knows nothing of what was typed, or refused.
  const [round, startAnew] = useState(0);
  return (
    <>
      <Names key={round} user={user} onAnew={() => startAnew(round + 1)} />
      {(user.unconfirmed_since || (user.email && !user.email_confirmed_at)) && <Confirmation user={user} />}
      {user.factors.length > 0 && <Factors user={user} />}
      <Access user={user} isSelf={isSelf} />
      <Deletion user={user} isSelf={isSelf} />
    </>
  );
}

function Names({ user, onAnew }: { user: User; onAnew: () => void }) {
  const { t } = useI18n();
  const show = useToast();
  // The user as they were when somebody began to type; what is typed is not replaced by what is asked anew meanwhile.
  const [typedInto, typeInto] = useState<User | null>(null);
  const [refused, refuse] = useState<Failure | null>(null);
  const base = typedInto ?? user;
  const sending = useSending(
    async ({ username = "", email = "", ...fields }) => {
      refuse(null);
      const patch = { ...(username !== base.username && { username }), ...(email !== (base.email ?? "") && { email: email || null }) };
      if (Object.keys(patch).length) {
        try {
          await edit(base, { ...patch, reason: reasonOf(fields) });
        } catch (error) {
          refuse(failure(error));
          throw error;
        }
      }
      typeInto(null);
      show({ text: t("console.saved") });
    },
    ["username"],
  );
  async function startAnew(): Promise<void> {
    await reload(user.id);
    onAnew();
    document.getElementById("main")?.focus();
  }
  return (
    <section aria-label={t("console.names")} onInput={() => typedInto ?? typeInto(user)}>
      <Form sending={sending} className="slim">
        <Guidance refused={refused} onStale={() => void startAnew()} />
        <Field key={`name ${base.username} ${base.version}`} name="username" label={t("register.name")} hint={t("register.namehint")} value={base.username} autoComplete="off" sending={sending} />
        <Field key={`mail ${base.email} ${base.version}`} name="email" type="email" label={t("register.email")} value={base.email ?? ""} autoComplete="off" sending={sending} />
        <Reason key={base.version} />
        <Submit sending={sending}>{t("account.save")}</Submit>
      </Form>
    </section>
  );
}

/** A part with one thing to do, which a dialog asks the reason of. */
function Act({ title, text, button, isDangerous, ...act }: { title: string; text: string; button: string; isDangerous?: boolean } & Omit<Parameters<typeof ActDialog>[0], "title" | "submit" | "onClose">) {
  const [isOpen, open] = useState(false);
  return (
    <section>
      <h2>{title}</h2>
      <p>{text}</p>
      <p className="actions">
        <button type="button" className={isDangerous ? "button danger quiet" : "button quiet"} onClick={() => open(true)}>{button}</button>
      </p>
      {isOpen && (
        <ActDialog
          {...act}
          title={title}
          submit={button}
          isDangerous={isDangerous}
          act={async (fields) => {
            await act.act(fields);
            open(false);
          }}
          onStale={act.onStale && (() => (open(false), act.onStale?.()))}
          onClose={() => open(false)}
        />
      )}
    </section>
  );
}

function Access({ user, isSelf }: PartProps) {
  const { t } = useI18n();
  const show = useToast();
  const name = user.username;
  return (
    <Act
      title={t(user.is_active ? "console.disable" : "console.enable", { name })}
      text={t(user.is_active ? "console.disabletext" : "console.enabletext")}
      button={t(user.is_active ? "console.disableit" : "console.enableit")}
      isDangerous={user.is_active}
      word={isSelf && user.is_active ? name : undefined}
      onStale={() => void reload(user.id)}
      act={async (fields) => {
        await edit(user, { is_active: !user.is_active, reason: reasonOf(fields) });
        show({ text: t(user.is_active ? "console.isdisabled" : "console.isenabled", { name }) });
      }}
    >
      {isSelf && user.is_active && <p className="named">{t("console.selfdisable")}</p>}
    </Act>
  );
}

function Confirmation({ user }: { user: User }) {
  const { t } = useI18n();
  const show = useToast();
  return (
    <Act
      title={t("console.confirm")}
      text={t(user.unconfirmed_since ? "console.confirmwaits" : "console.confirmtext")}
      button={t("console.confirmit")}
      onStale={() => void reload(user.id)}
      act={async (fields) => {
        await edit(user, { email_confirmed: true, reason: reasonOf(fields) });
        show({ text: t("console.isconfirmed") });
      }}
    >
      <p>{t("console.vouch", { address: user.email ?? user.username })}</p>
    </Act>
  );
}

/** For somebody who has lost them: they sign in with the password alone, and set up others. */
function Factors({ user }: { user: User }) {
  const { t } = useI18n();
  const show = useToast();
  const kinds = user.factors.map((kind) => t(`console.factor.${kind}`)).join(", ");
  return (
    <Act
      title={t("console.factors")}
      text={t("console.factorstext", { kinds })}
      button={t("console.removefactors")}
      isDangerous
      onStale={() => void reload(user.id)}
      act={async (fields) => {
        const params = { path: { user_id: user.id } };
        await data(api.DELETE("/api/admin/users/{user_id}/factors", { params, body: { reason: reasonOf(fields) } }));
        await changed();
        show({ text: t("console.factorsremoved", { name: user.username }) });
      }}
    >
      <p>{t("console.makesure", { name: user.username })}</p>
    </Act>
  );
}

function Deletion({ user, isSelf }: PartProps) {
  const { t } = useI18n();
  const go = useNavigate();
  return (
    <Act
      title={t("console.delete", { name: user.username })}
      text={t("console.deletetext")}
      button={t("account.deletefinal")}
      isDangerous
      word={user.username}
      onStale={() => void reload(user.id)}
      act={async (fields) => {
        const params = { path: { user_id: user.id } };
        await data(api.DELETE("/api/admin/users/{user_id}", { params, headers: ifMatch(user), body: { reason: reasonOf(fields) } }));
        const said = isSelf ? t("account.deleted") : t("console.isdeleted", { name: user.username });
        await go(isSelf ? "/" : "/admin/users", { replace: true, state: { said } });
        if (isSelf) forget();
        else await changed();
      }}
    >
      <p>{t("console.deletetext")}</p>
      {isSelf && <p className="named">{t("console.selfdelete")}</p>}
    </Act>
  );
}
