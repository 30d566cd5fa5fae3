/** What somebody holds: for good, for a while, or from some day on; and how that is put back as it was. */
import { api, data } from "../api/client";
import { ifMatch } from "./calls";
import type { Grant, User } from "./types";

export interface Held {
  role: string;
  kind: "standing" | "borrowed" | "planned";
  grant?: Grant;
}

export function heldBy(user: User): Held[] {
  const lent = new Map(user.grants.map((grant) => [grant.role, grant]));
  const held = user.roles.map((role): Held => {
    const grant = lent.get(role);
    return grant ? { role, kind: "borrowed", grant } : { role, kind: "standing" };
  });
  const planned = user.grants.filter((grant) => !user.roles.includes(grant.role));
  return [...held, ...planned.map((grant): Held => ({ role: grant.role, kind: "planned", grant }))];
}

/** Give a role, for good or for the time between two moments. */
export function give(user: User, role: string, window: Partial<Pick<Grant, "starts_at" | "expires_at">>, reason: string | null): Promise<User> {
  const params = { path: { user_id: user.id, role } };
  return data(api.PUT("/api/admin/users/{user_id}/roles/{role}", { params, headers: ifMatch(user), body: { ...window, reason } }));
}

export function take(user: User, role: string, reason: string | null): Promise<User> {
  const params = { path: { user_id: user.id, role } };
  return data(api.DELETE("/api/admin/users/{user_id}/roles/{role}", { params, headers: ifMatch(user), body: { reason } }));
}

/** Put roles back as they were `before`, unless somebody else has changed the user since. */
export async function restore(user: User, roles: string[], before: User, reason: string): Promise<User> {
  const had = heldBy(before);
  let now = user;
  for (const role of roles) {
    const held = had.find((one) => one.role === role);
    now = held ? await give(now, role, windowOf(held), reason) : await take(now, role, reason);
  }
  return now;
}

function windowOf({ grant }: Held): Partial<Grant> {
  return grant ? { starts_at: grant.starts_at, expires_at: grant.expires_at } : {};
}
