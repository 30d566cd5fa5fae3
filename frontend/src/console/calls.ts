/** What the console asks for, and what it does once something was changed. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { tellOthers } from "../api/session";
import { queries } from "../session";
import type { Action, User } from "./types";

export interface UsersQuery {
  search?: string;
  active?: boolean;
  role?: string;
  sort: "username" | "-username" | "id" | "-id";
  cursor?: string;
}

export interface EventsQuery {
  action?: Action;
  actor?: string;
  subject?: number;
  since?: string;
  until?: string;
  cursor?: number;
}

const userKey = (id: number) => ["console", "user", id];

/** A page of people; where `of` names a role, of those who hold it. */
export function useUsers({ role, ...query }: UsersQuery, of?: string) {
  return useQuery({
    queryKey: ["console", "users", of ?? null, role ?? null, query],
    queryFn: () =>
      of === undefined
        ? data(api.GET("/api/admin/users", { params: { query: { ...query, role } } }))
        : data(api.GET("/api/admin/roles/{role}/users", { params: { path: { role: of }, query } })),
    placeholderData: keepPreviousData,
  });
}

export function useUser(id: number) {
  return useQuery({
    queryKey: userKey(id),
    queryFn: () => data(api.GET("/api/admin/users/{user_id}", { params: { path: { user_id: id } } })),
    refetchInterval: (query) => (query.state.data ? untilNextEdge(query.state.data) : false),
  });
}

/** The name of whoever has an id, as it is said in the trail; undefined where the account is gone, or not known yet. */
export function useName(id: number | null): string | undefined {
  const found = useQuery({
    queryKey: ["console", "name", id],
    queryFn: async () => (await data(api.GET("/api/admin/users/{user_id}", { params: { path: { user_id: id ?? 0 } } }))).username,
    enabled: id !== null,
    staleTime: 5 * 60_000,
    retry: false,
  });
  return found.data;
}

export function useRoles() {
  return useQuery({ queryKey: ["console", "roles"], queryFn: async () => (await data(api.GET("/api/admin/roles"))).roles });
}

export function useEvents(query: EventsQuery) {
  return useQuery({
    queryKey: ["console", "events", query],
    queryFn: () => data(api.GET("/api/admin/events", { params: { query } })),
    placeholderData: keepPreviousData,
  });
}

/** Take an answer as what is known of a user. */
export function keep(user: User): void {
  queries.setQueryData(userKey(user.id), user);
}

/** Ask anew for all that a change may show in, here and in other tabs. Names of the trail are kept until a reload. */
export async function changed(): Promise<void> {
  tellOthers();
  await Promise.all([
    queries.invalidateQueries({ queryKey: ["me"] }),
    queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === "console" && queryKey[1] !== "name" }),
  ]);
}

/** Ask anew for one user, and wait for the answer. */
export const reload = (id: number): Promise<void> => queries.invalidateQueries({ queryKey: userKey(id) });

/** The header by which a change is refused where somebody else has changed the user meanwhile. */
export const ifMatch = (user: User) => ({ "If-Match": `"${user.version}"` });

/** Milliseconds until the next borrowed role begins or ends, when the user must be asked for again. */
function untilNextEdge(user: User): number | false {
  const edges = user.grants.flatMap((grant) => [grant.starts_at, grant.expires_at]).map((at) => (at ? Date.parse(at) - Date.now() : -1));
  const next = Math.min(...edges.filter((left) => left > -1000));
  return Number.isFinite(next) ? Math.min(Math.max(next + 500, 1000), 3_600_000) : false;
}
