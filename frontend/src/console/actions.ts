/** What the trail tells of, in words for administrators. */
import type { Translate } from "../i18n";
import type { Key } from "../i18n/en";
import type { Action, Entry } from "./types";

export const ACTIONS = Object.keys({
  "user.registered": true,
  "user.created": true,
  "user.renamed": true,
  "user.email_changed": true,
  "user.enabled": true,
  "user.disabled": true,
  "user.deleted": true,
  "user.password_changed": true,
  "user.password_reset": true,
  "user.email_confirmed": true,
  "user.email_change_asked": true,
  "user.ticket_asked": true,
  "user.password_refused": true,
  "user.factor_added": true,
  "user.factor_removed": true,
  "user.factors_removed": true,
  "user.factor_refused": true,
  "user.recovery_codes_made": true,
  "user.recovery_code_used": true,
  "user.recovery_issued": true,
  "role.granted": true,
  "role.lent": true,
  "role.withdrawn": true,
  "role.replaced": true,
  "role.created": true,
  "role.edited": true,
  "role.deleted": true,
  "session.started": true,
  "session.refused": true,
  "session.ended": true,
  "session.ended_all": true,
  "session.reuse_detected": true,
  "session.reauthenticated": true,
  "audit.pruned": true,
} satisfies Record<Action, true>) as Action[];

export function actionIn(action: string, t: Translate): string {
  return t(`console.event.${action}` as Key) || t(`event.${action}` as Key) || action;
}

/** What an event says of a name: of an account that is gone, or of a role. */
export function namedIn({ before, after }: Entry): string | undefined {
  for (const facts of [after, before]) {
    if (!facts || typeof facts !== "object") continue;
    const { username, name } = facts as { username?: unknown; name?: unknown };
    if (typeof username === "string") return username;
    if (typeof name === "string") return name;
  }
  return undefined;
}
