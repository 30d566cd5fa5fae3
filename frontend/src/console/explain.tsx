/** Why somebody has a role, or why not, in words. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { type Translate, useI18n } from "../i18n";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/page";
import { useRoles } from "./calls";
import type { Explanation, Giver, User } from "./types";

export function Explain({ user, role: asked, onClose }: { user: User; role: string; onClose: () => void }) {
  const { t } = useI18n();
  const [role, ask] = useState(asked);
  const roles = useRoles();
  return (
    <Dialog title={asked ? t("console.whyrole", { role, name: user.username }) : t("console.whyany", { name: user.username })} onClose={onClose}>
      {!asked && (
        <div className="field">
          <label htmlFor="asked">{t("console.role")}</label>
          <select id="asked" value={role} onChange={(event) => ask(event.target.value)}>
            <option value="">{t("console.choose")}</option>
            {roles.data?.map((one) => <option key={one.name}>{one.name}</option>)}
          </select>
        </div>
      )}
      <div aria-live="polite">{role && <Words user={user} role={role} />}</div>
      <p className="actions"><button type="button" className="button quiet" onClick={onClose}>{t("app.close")}</button></p>
    </Dialog>
  );
}

function Words({ user, role }: { user: User; role: string }) {
  const { t, moment } = useI18n();
  const found = useQuery({
    queryKey: ["console", "explain", user.id, role],
    queryFn: () => data(api.GET("/api/admin/users/{user_id}/explain", { params: { path: { user_id: user.id }, query: { role } } })),
    staleTime: 0,
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failed error={found.error} retry={() => void found.refetch()} />;
  const { holds, because, missing } = found.data;
  const values = { role, name: user.username };
  return (
    <>
      <p className="named">{t(holds ? "console.holds" : "console.holdsnot", values)}</p>
      <ul>
        {because.map((cause) => <li key={cause.kind}>{causeIn(cause, user, t, moment)}</li>)}
        {missing.map((lack) => <li key={lack.kind}>{lackIn(lack, user, t, moment)}</li>)}
      </ul>
    </>
  );
}

type Moment = (at: string) => string;

function causeIn(cause: Explanation["because"][number], user: User, t: Translate, moment: Moment): string {
  if (!cause.since) return t("console.why.byhand");
  const told = { who: giverIn(cause.by, user, t), when: moment(cause.since), until: cause.expires_at ? moment(cause.expires_at) : "" };
  const kind = cause.kind === "standing" ? "console.why.standing" : cause.expires_at ? "console.why.grant" : "console.why.openended";
  return t(kind, told) + reasonIn(cause.reason, t);
}

function lackIn(lack: Explanation["missing"][number], user: User, t: Translate, moment: Moment): string {
  const told = { who: giverIn(lack.by, user, t), when: lack.at ? moment(lack.at) : "" };
  const words: Record<typeof lack.kind, string> = {
    disabled: lack.at ? t("console.why.disabledat", told) : t("console.why.disabled"),
    not_begun: t("console.why.not_begun", told),
    ended: t("console.why.ended", told),
    withdrawn: lack.at ? t("console.why.withdrawn", told) : t("console.why.gone"),
    never_given: t("console.why.never_given"),
  };
  return words[lack.kind] + reasonIn(lack.reason, t);
}

function giverIn(by: Giver | null, user: User, t: Translate): string {
  if (!by || by.actor === "stranger") return t("console.who.stranger");
  if (by.actor === "console") return t("console.who.console");
  if (by.id === user.id) return t("console.who.self");
  return by.username ?? t("console.who.gone", { id: by.id ?? "?" });
}

const reasonIn = (reason: string | null, t: Translate): string => (reason ? ` ${t("console.why.reason", { reason })}` : "");
