/** A list of people: searched, filtered, sorted, page by page; those who are ticked can be given a role, or lose one. */
import { type ReactNode, useState } from "react";
import { Link } from "react-router";

import { useI18n } from "../i18n";
import { Failed, Loading } from "../ui/page";
import { Bulk } from "./bulk";
import { useUsers } from "./calls";
import { FilterBar, useFilters } from "./filters";
import { Empty } from "./page";
import { Pager, usePaging } from "./paging";
import { SortBy, Table } from "./table";
import type { User } from "./types";

/** Where `of` names a role, those who hold it. */
export function People({ of, children }: { of?: string; children?: ReactNode }) {
  const { t } = useI18n();
  const filters = useFilters();
  const paging = usePaging("people");
  const found = useUsers({ ...filters.query, cursor: paging.cursor }, of);
  const [chosen, choose] = useState<ReadonlyMap<number, string>>(new Map());
  const users = found.data?.users ?? [];
  const areAllChosen = users.length > 0 && users.every((user) => chosen.has(user.id));

  function tick(some: User[], isTicked: boolean): void {
    const next = new Map(chosen);
    for (const user of some) {
      if (isTicked) next.set(user.id, user.username);
      else next.delete(user.id);
    }
    choose(next);
  }

  const counted = t(users.length === 1 ? "console.count1" : "console.count", { count: users.length });
  const where = paging.page === undefined ? "" : `, ${t("console.page", { page: paging.page })}`;
  const more = found.data?.next_cursor ? `, ${t("console.more")}` : "";
  return (
    <>
      <FilterBar filters={filters} withRole={of === undefined} />
      <p className="hint" role="status">{found.data && !found.isPlaceholderData && `${counted}${where}${more}`}</p>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && users.length === 0 && (
        <Nobody isFiltered={filters.isFiltered} clear={filters.clear}>{children}</Nobody>
      )}
      {users.length > 0 && (
        <Table
          id="people"
          caption={of === undefined ? t("console.users") : t("console.holders", { role: of })}
          isBusy={found.isPlaceholderData}
          head={
            <>
              <th scope="col">
                <Tick label={t("console.tickall")} isOn={areAllChosen} isMixed={!areAllChosen && users.some((user) => chosen.has(user.id))} onChange={(isOn) => tick(users, isOn)} />
              </th>
              <SortBy column="username" sort={filters.query.sort} onSort={(sort) => filters.change({ sort })}>{t("console.name")}</SortBy>
              <th scope="col">{t("console.email")}</th>
              <th scope="col">{t("console.roles")}</th>
              <th scope="col">{t("console.state")}</th>
              <th scope="col">{t("console.lastseen")}</th>
              <SortBy column="id" sort={filters.query.sort} onSort={(sort) => filters.change({ sort })}>{t("console.since")}</SortBy>
            </>
          }
        >
          {users.map((user) => (
            <Row key={user.id} user={user} isChosen={chosen.has(user.id)} onTick={(isOn) => tick([user], isOn)} />
          ))}
        </Table>
      )}
      <Pager paging={paging} next={found.data?.next_cursor} />
      <Bulk people={chosen} role={of} onDone={() => choose(new Map())} />
    </>
  );
}

function Row({ user, isChosen, onTick }: { user: User; isChosen: boolean; onTick: (isOn: boolean) => void }) {
  const { t, moment } = useI18n();
  return (
    <tr className={isChosen ? "chosen" : undefined}>
      <td><Tick label={t("console.tick", { name: user.username })} isOn={isChosen} onChange={onTick} /></td>
      <th scope="row"><Link to={`/admin/users/${user.id}`}>{user.username}</Link></th>
      <td>{user.email ?? "–"}</td>
      <td>{user.roles.join(", ") || "–"}</td>
      <td><State user={user} /></td>
      <td>{user.last_seen_at ? moment(user.last_seen_at) : t("console.never")}</td>
      <td>{moment(user.created_at)}</td>
    </tr>
  );
}

/** Whether somebody may sign in, in a word. */
export function State({ user }: { user: User }) {
  const { t } = useI18n();
  if (!user.is_active) return <span className="mark off">{t("console.disabled")}</span>;
  if (user.unconfirmed_since) return <span className="mark">{t("console.unconfirmed")}</span>;
  return t("console.active");
}

function Tick({ label, isOn, isMixed = false, onChange }: { label: string; isOn: boolean; isMixed?: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="tick">
      <span className="unseen">{label}</span>
      <input
        type="checkbox"
        checked={isOn}
        ref={(box) => {
          if (box) box.indeterminate = isMixed;
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
    </label>
  );
}

function Nobody({ isFiltered, clear, children }: { isFiltered: boolean; clear: () => void; children?: ReactNode }) {
  const { t } = useI18n();
  if (!isFiltered) return <Empty text={t("console.nobody")}>{children}</Empty>;
  return (
    <Empty text={t("console.nomatch")}>
      <button type="button" className="button quiet" onClick={clear}>{t("console.clear")}</button>
    </Empty>
  );
}
