import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { tellOthers } from "../api/session";
import { useI18n } from "../i18n";
import { queries } from "../session";
import { deviceOf } from "../ui/device";
import { Dialog } from "../ui/dialog";
import { Form, Submit } from "../ui/form";
import { Failed, Loading } from "../ui/page";
import { useSending } from "../ui/submit";
import { Empty } from "./page";
import { useToast } from "./toast";
import type { User } from "./types";

export function UserSessions({ user, isSelf }: { user: User; isSelf: boolean }) {
  const { t, moment } = useI18n();
  const [isEnding, end] = useState(false);
  const found = useQuery({
    queryKey: ["console", "sessions", user.id],
    queryFn: () => data(api.GET("/api/admin/users/{user_id}/sessions", { params: { path: { user_id: user.id } } })),
  });
  const sessions = found.data?.sessions ?? [];
  return (
    <>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && sessions.length === 0 && <Empty text={t("console.nosessions", { name: user.username })} />}
      <ul className="sessions">
        {sessions.map((session) => (
          <li key={session.id}>
            <div>
              <h2>{deviceOf(session.user_agent, t)} {session.current && <span className="mark">{t("account.this")}</span>}</h2>
              <p>{session.ip ?? ""} · {t("account.seen", { when: moment(session.last_seen_at) })}</p>
              <p className="hint">{t("account.until", { when: moment(session.created_at), end: moment(session.expires_at) })}</p>
            </div>
          </li>
        ))}
      </ul>
      {sessions.length > 0 && (
        <p className="actions"><button type="button" className="button danger quiet" onClick={() => end(true)}>{t("console.endall")}</button></p>
      )}
      {isEnding && <EndAll user={user} isSelf={isSelf} onClose={() => end(false)} />}
    </>
  );
}

function EndAll({ user, isSelf, onClose }: { user: User; isSelf: boolean; onClose: () => void }) {
  const { t } = useI18n();
  const show = useToast();
  const sending = useSending(async () => {
    await data(api.DELETE("/api/admin/users/{user_id}/sessions", { params: { path: { user_id: user.id } } }));
    tellOthers();
    onClose();
    show({ text: t("console.allended", { name: user.username }) });
    await queries.invalidateQueries({ queryKey: ["console"] });
  });
  return (
    <Dialog title={t("console.endallof", { name: user.username })} onClose={onClose}>
      <p>{t(isSelf ? "console.endallself" : "console.endalltext")}</p>
      <Form sending={sending}>
        <p className="actions">
          <Submit sending={sending} kind="danger">{t("console.endall")}</Submit>
          <button type="button" className="button quiet" onClick={onClose}>{t("console.cancel")}</button>
        </p>
      </Form>
    </Dialog>
  );
}
