/** One role: who holds it, and what it says of itself. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { Failed, Loading } from "../ui/page";
import { AddPeople } from "./add-people";
import { ConsolePage, Missing, Parts } from "./page";
import { People } from "./people";
import { RoleSettings } from "./role-settings";

export function RolePages() {
  const { t } = useI18n();
  const { name = "", "*": path = "" } = useParams();
  const [isAdding, add] = useState(false);
  const found = useQuery({
    queryKey: ["console", "role", name],
    queryFn: () => data(api.GET("/api/admin/roles/{role}", { params: { path: { role: name } } })),
  });
  if (path !== "" && path !== "settings") return <Missing />;
  if (!found.data) {
    return (
      <ConsolePage title={t("console.role")}>
        {found.isPending && <Loading />}
        {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
        <p><Link to="/admin/roles">{t("console.allroles")}</Link></p>
      </ConsolePage>
    );
  }
  const button = <button type="button" className="button" onClick={() => add(true)}>{t("console.addpeople")}</button>;
  return (
    <ConsolePage
      title={name}
      part={t(path ? "console.settings" : "console.users")}
      actions={path === "" && button}
      tabs={<Parts base={`/admin/roles/${name}`} label={name} parts={[["", t("console.users")], ["settings", t("console.settings")]]} />}
    >
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {path === "" ? <People of={name}>{button}</People> : <RoleSettings key={name} role={found.data} />}
      {isAdding && <AddPeople role={name} onClose={() => add(false)} />}
    </ConsolePage>
  );
}
