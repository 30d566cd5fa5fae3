/** One person: settings, roles, sessions, and what happened. */
import { Link, useParams } from "react-router";

import { useI18n } from "../i18n";
import type { Key } from "../i18n/en";
import { useMe } from "../session";
import { Failed, Loading } from "../ui/page";
import { useUser } from "./calls";
import { EventTable } from "./event-table";
import { ConsolePage, Missing, Parts } from "./page";
import { State } from "./people";
import type { User } from "./types";
import { UserRoles } from "./user-roles";
import { UserSessions } from "./user-sessions";
import { UserSettings } from "./user-settings";

const PARTS: Record<string, Key> = {
  "": "console.settings",
  roles: "console.roles",
  sessions: "console.sessions",
  events: "console.events",
};

export function UserPages() {
  const { t } = useI18n();
  const { id = "", "*": path = "" } = useParams();
  const found = useUser(Number(id));
  const part = PARTS[path];
  if (!part) return <Missing />;
  if (found.data) {
    return (
      <ConsolePage
        title={found.data.username}
        part={t(part)}
        tabs={<Parts base={`/admin/users/${id}`} label={found.data.username} parts={Object.entries(PARTS).map(([to, key]) => [to, t(key)])} />}
      >
        {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
        <Part user={found.data} path={path} />
      </ConsolePage>
    );
  }
  return (
    <ConsolePage title={t("console.user")}>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      <p><Link to="/admin/users">{t("console.allusers")}</Link></p>
    </ConsolePage>
  );
}

function Part({ user, path }: { user: User; path: string }) {
  const { t } = useI18n();
  const { data: me } = useMe();
  const isSelf = me?.id === user.id;
  if (path === "roles") return <UserRoles user={user} isSelf={isSelf} />;
  if (path === "sessions") return <UserSessions user={user} isSelf={isSelf} />;
  if (path === "events") {
    return (
      <>
        <EventTable caption={t("console.eventsof", { name: user.username })} query={{ subject: user.id }} />
        <p><Link to={`/admin/events?subject=${user.id}`}>{t("console.narrow")}</Link></p>
      </>
    );
  }
  return (
    <>
      <p className="facts"><State user={user} /> {isSelf && <span className="mark">{t("console.you")}</span>}</p>
      <UserSettings user={user} isSelf={isSelf} />
    </>
  );
}
