import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, data } from "../api/client";
import { leave } from "../api/session";
import { useI18n } from "../i18n";
import { queries } from "../session";
import { deviceOf } from "../ui/device";
import { Failed, Loading, Page } from "../ui/page";
import { Tabs } from "./tabs";

export function Sessions() {
  const { t, moment } = useI18n();
  const [said, say] = useState("");
  const found = useQuery({ queryKey: ["sessions"], queryFn: () => data(api.GET("/api/me/sessions")) });
  const end = useMutation({
    mutationFn: async (id: string | null) => {
      if (id === null) return void (await data(api.DELETE("/api/me/sessions")));
      await data(api.DELETE("/api/me/sessions/{session_id}", { params: { path: { session_id: id } } }));
    },
    onSuccess: (_, id) => say(t(id === null ? "account.allended" : "account.ended")),
    onSettled: () => queries.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const sessions = found.data?.sessions ?? [];
  return (
    <Page isWide title={t("account.where")} before={<Tabs />}>
      <div role="status">{said && <p className="status">{said}</p>}</div>
      {end.isError && <Failed error={end.error} retry={() => end.reset()} />}
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      <ul className="sessions">
        {sessions.map((session) => {
          const device = deviceOf(session.user_agent, t);
          return (
            <li key={session.id}>
              <div>
                <h2>{device} {session.current && <span className="mark">{t("account.this")}</span>}</h2>
                <p>{session.ip ?? ""} · {t("account.seen", { when: moment(session.last_seen_at) })}</p>
                <p className="hint">{t("account.until", { when: moment(session.created_at), end: moment(session.expires_at) })}</p>
              </div>
              <button
                type="button"
                className="button quiet"
                aria-label={t("account.endof", { device })}
                aria-disabled={end.isPending || undefined}
                onClick={() => (session.current ? void leave() : end.mutate(session.id))}
              >
                {t("account.end")}
              </button>
            </li>
          );
        })}
      </ul>
      {sessions.length > 1 && (
        <button type="button" className="button danger" onClick={() => end.mutate(null)}>{t("account.endall")}</button>
      )}
      {sessions.length === 1 && <p>{t("account.nowhere")}</p>}
    </Page>
  );
}
