import "../i18n/pages.en";

import { useQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { useMe } from "../session";
import { Failed, Loading, Page } from "../ui/page";
import { WayOut } from "./withheld";

export function Dashboard() {
  const { t } = useI18n();
  const { data: me } = useMe();
  const answer = useQuery({ queryKey: ["protected"], queryFn: () => data(api.GET("/api/protected")) });
  return (
    <Page isWide title={t("home.hello", { name: me?.username ?? "" })}>
      <section aria-labelledby="roles">
        <h2 id="roles">{t("dashboard.roles")}</h2>
        <Roles roles={me?.roles ?? []} />
        {me && me.withheld.length > 0 && (
          <div className="answer">
            <p>{t(me.withheld.length === 1 ? "withheld.role" : "withheld.roles", { roles: me.withheld.join(", ") })}</p>
            <WayOut />
          </div>
        )}
      </section>
      <section aria-labelledby="answer">
        <h2 id="answer">{t("dashboard.answer")}</h2>
        {answer.isPending && <Loading />}
        {answer.isError && <Failed error={answer.error} retry={() => void answer.refetch()} />}
        {answer.data && <p className="answer">{answer.data.message}</p>}
      </section>
    </Page>
  );
}

export function Roles({ roles }: { roles: string[] }) {
  const { t } = useI18n();
  return (
    <div aria-live="polite">
      {roles.length > 0 ? (
        <ul className="roles">
          {roles.map((role) => (
            <li key={role}>{role}</li>
          ))}
        </ul>
      ) : (
        <p>{t("dashboard.none")}</p>
      )}
      <p className="hint">{t("dashboard.live")}</p>
    </div>
  );
}
