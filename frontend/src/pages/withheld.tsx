/** A role that its holder has, and that waits for a second factor in this session. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { api, data, stepUp } from "../api/client";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { queries } from "../session";
import { Failed, Loading, Page } from "../ui/page";

export function Withheld({ role }: { role: string }) {
  const { t } = useI18n();
  return (
    <Page title={t("withheld.title")}>
      <p>{t("withheld.page", { role })}</p>
      <WayOut />
    </Page>
  );
}

/** To show a second factor now or, where there is none, to set one up. */
export function WayOut() {
  const { t } = useI18n();
  const [isBusy, setBusy] = useState(false);
  const asked = useQuery({ queryKey: ["ways"], queryFn: () => data(api.GET("/api/me/reauthenticate")) });
  if (asked.isPending) return <Loading />;
  if (asked.isError) return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  const ways = asked.data.factors.filter((way) => way !== "password");
  async function confirm(): Promise<void> {
    setBusy(true);
    if (await stepUp.ask?.(ways)) await queries.invalidateQueries();
    setBusy(false);
  }
  return (
    <>
      <p>{t(ways.length ? "withheld.confirm" : "withheld.setup")}</p>
      <p className="actions">
        {ways.length ? (
          <button type="button" className="button" aria-disabled={isBusy || undefined} onClick={() => void confirm()}>{t("stepup.title")}</button>
        ) : (
          <Link className="button" to="/account/factors">{t("withheld.goto")}</Link>
        )}
      </p>
    </>
  );
}
