/** Giving somebody roles: several at once, for good or for a while. */
import { useState } from "react";

import { failure, type Failure } from "../api/client";
import { useI18n } from "../i18n";
import { Dialog } from "../ui/dialog";
import { Field, Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { changed, keep, reload } from "./calls";
import { Guidance } from "./dialog";
import { Reason, reasonOf } from "./fields";
import { give, heldBy, restore } from "./holding";
import { RolePicker } from "./role-picker";
import { toLocal, toMoment } from "./times";
import { useToast } from "./toast";
import { ADMIN, type User } from "./types";

export function Assign({ user, isSelf, onClose }: { user: User; isSelf: boolean; onClose: () => void }) {
  const { t } = useI18n();
  const show = useToast();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [isForAWhile, lend] = useState(false);
  const [refused, refuse] = useState<Failure | null>(null);
  const name = user.username;
  const standing = new Set(heldBy(user).filter((held) => held.kind === "standing" || (isSelf && held.role === ADMIN)).map((held) => held.role));

  const sending = useSending(async ({ starts_at, expires_at, ...fields }) => {
    refuse(null);
    if (chosen.size === 0) throw wrong("", t("console.chooserole"));
    if (isForAWhile && !starts_at && !expires_at) throw wrong("expires_at", t("console.choosetime"));
    const window = isForAWhile ? { starts_at: toMoment(starts_at), expires_at: toMoment(expires_at) } : {};
    const given: string[] = [];
    let now = user;
    try {
      for (const role of chosen) {
        now = await give(now, role, window, reasonOf(fields));
        given.push(role);
      }
    } catch (error) {
      refuse(failure(error));
      choose(new Set([...chosen].filter((role) => !given.includes(role))));
      throw error;
    } finally {
      if (given.length) {
        keep(now);
        told(given, now);
        void changed();
      }
    }
    onClose();
  });

  function told(given: string[], now: User): void {
    const roles = given.join(", ");
    const undo = async () => {
      await restore(now, given, user, t("console.undone")).then(keep).finally(() => changed());
      return t("console.takenback", { roles, name });
    };
    show({ text: t("console.given", { roles, name }), undo });
  }

  return (
    <Dialog title={t("console.assignto", { name })} onClose={onClose}>
      <Form sending={sending}>
        <Guidance refused={refused} onStale={() => (void reload(user.id), onClose())} />
        <RolePicker label={t("console.roles")} chosen={chosen} onChange={choose} isOpen={(role) => !standing.has(role.name)} />
        <div className="check">
          <input id="lend" type="checkbox" checked={isForAWhile} onChange={(event) => lend(event.target.checked)} />
          <label htmlFor="lend">{t("console.forawhile")}</label>
        </div>
        {isForAWhile && (
          <div className="pair">
            <Field name="starts_at" type="datetime-local" label={t("console.from")} hint={t("console.fromhint")} autoComplete="off" sending={sending} />
            <Field name="expires_at" type="datetime-local" label={t("console.until")} hint={t("console.untilhint")} value={toLocal(tomorrow())} autoComplete="off" sending={sending} />
          </div>
        )}
        <Reason />
        <p className="actions">
          <Submit sending={sending}>{t("console.give")}</Submit>
          <button type="button" className="button quiet" onClick={onClose}>{t("console.cancel")}</button>
        </p>
      </Form>
    </Dialog>
  );
}

/** What is wrong with a field, or, where none is named, with the whole. */
function wrong(field: string, message: string): Failure {
  return field ? { error: "validation_error", message, fields: { [field]: [message] } } : { error: "bad_request", message };
}

const tomorrow = (): string => new Date(Date.now() + 24 * 3_600_000).toISOString();
