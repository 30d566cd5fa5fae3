/** What a list of people is narrowed down to; it is in the address, so that it can be sent to somebody. */
import { useId } from "react";
import { useSearchParams } from "react-router";

import { useI18n } from "../i18n";
import { useRoles, type UsersQuery } from "./calls";
import { SearchField } from "./search-field";

const SORTS = ["username", "-username", "id", "-id"] as const;
type Change = (changes: Record<string, string>, replace?: boolean) => void;

export interface Filters {
  query: Omit<UsersQuery, "cursor">;
  isFiltered: boolean;
  change: Change;
  clear: () => void;
}

export function useFilters(): Filters {
  const [params, setParams] = useSearchParams();
  const change: Change = (changes, replace = false) => {
    const next = new URLSearchParams(params);
    next.delete("cursor");
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace });
  };
  const [search, role, active] = ["search", "role", "active"].map((name) => params.get(name) || undefined);
  return {
    query: {
      search,
      role,
      active: active === undefined ? undefined : active !== "false",
      sort: SORTS.find((sort) => sort === params.get("sort")) ?? "username",
    },
    isFiltered: Boolean(search || role || active),
    change,
    clear: () => change({ search: "", role: "", active: "" }),
  };
}

export function FilterBar({ filters, withRole }: { filters: Filters; withRole: boolean }) {
  const { t } = useI18n();
  const id = useId();
  const roles = useRoles();
  const { query, change } = filters;
  return (
    <form role="search" className="filters" onSubmit={(event) => event.preventDefault()}>
      <SearchField asked={query.search ?? ""} onSearch={(search) => change({ search }, true)} />
      {withRole && (
        <div>
          <label htmlFor={`${id}-role`}>{t("console.role")}</label>
          <select id={`${id}-role`} value={query.role ?? ""} onChange={(event) => change({ role: event.target.value })}>
            <option value="">{t("console.any")}</option>
            {query.role && !roles.data?.some((role) => role.name === query.role) && <option>{query.role}</option>}
            {roles.data?.map((role) => <option key={role.name}>{role.name}</option>)}
          </select>
        </div>
      )}
      <div>
        <label htmlFor={`${id}-active`}>{t("console.state")}</label>
        <select id={`${id}-active`} value={query.active === undefined ? "" : String(query.active)} onChange={(event) => change({ active: event.target.value })}>
          <option value="">{t("console.any")}</option>
          <option value="true">{t("console.active")}</option>
          <option value="false">{t("console.disabled")}</option>
        </select>
      </div>
      {filters.isFiltered && (
        <button type="button" className="button quiet" onClick={filters.clear}>{t("console.clear")}</button>
      )}
    </form>
  );
}
