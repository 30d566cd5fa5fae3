import { useState } from "react";

import { useI18n } from "../i18n";
import { Assign } from "./assign";
import { changed, keep, reload } from "./calls";
import { ActDialog } from "./dialog";
import { Explain } from "./explain";
import { reasonOf } from "./fields";
import { type Held, heldBy, restore, take } from "./holding";
import { Empty } from "./page";
import { Table } from "./table";
import { useToast } from "./toast";
import { ADMIN, type User } from "./types";

interface Doing {
  what: "assign" | "withdraw" | "explain";
  role: string;
}

export function UserRoles({ user, isSelf }: { user: User; isSelf: boolean }) {
  const { t } = useI18n();
  const [doing, begin] = useState<Doing | null>(null);
  const held = heldBy(user);
  const end = () => begin(null);
  const assign = <button type="button" className="button" onClick={() => begin({ what: "assign", role: "" })}>{t("console.assign")}</button>;
  return (
    <>
      {held.length === 0 ? (
        <Empty text={t("console.noroles", { name: user.username })}>{assign}</Empty>
      ) : (
        <>
          <Table
            id="held"
            caption={t("console.rolesof", { name: user.username })}
            head={
              <>
                <th scope="col">{t("console.role")}</th>
                <th scope="col">{t("console.how")}</th>
                <th scope="col">{t("console.todo")}</th>
              </>
            }
          >
            {held.map((one) => (
              <tr key={`${one.role} ${one.kind}`}>
                <th scope="row">{one.role}</th>
                <td><How held={one} /></td>
                <td className="deeds">
                  <button type="button" className="button quiet" aria-label={t("console.explainof", { role: one.role })} onClick={() => begin({ what: "explain", role: one.role })}>
                    {t("console.explain")}
                  </button>
                  <button type="button" className="button danger quiet" aria-label={t("console.withdrawof", { role: one.role })} onClick={() => begin({ what: "withdraw", role: one.role })}>
                    {t("console.withdraw")}
                  </button>
                </td>
              </tr>
            ))}
          </Table>
          <p className="actions">
            {assign}
            <button type="button" className="button quiet" onClick={() => begin({ what: "explain", role: "" })}>{t("console.whynot")}</button>
          </p>
        </>
      )}
      {!user.is_active && held.length > 0 && <p className="hint">{t("console.disabledroles")}</p>}
      {doing?.what === "assign" && <Assign user={user} isSelf={isSelf} onClose={end} />}
      {doing?.what === "explain" && <Explain user={user} role={doing.role} onClose={end} />}
      {doing?.what === "withdraw" && <Withdraw user={user} role={doing.role} isSelf={isSelf} onClose={end} />}
    </>
  );
}

function How({ held: { kind, grant } }: { held: Held }) {
  const { t, moment } = useI18n();
  if (!grant) return t("console.standing");
  const from = moment(grant.starts_at);
  if (kind === "borrowed") {
    return grant.expires_at ? t("console.borrowed", { until: moment(grant.expires_at) }) : t("console.openended", { from });
  }
  return grant.expires_at ? t("console.planned", { from, until: moment(grant.expires_at) }) : t("console.plannedopen", { from });
}

function Withdraw({ user, role, isSelf, onClose }: { user: User; role: string; isSelf: boolean; onClose: () => void }) {
  const { t } = useI18n();
  const show = useToast();
  const isDemotion = isSelf && role === ADMIN;
  return (
    <ActDialog
      title={t("console.withdrawfrom", { role, name: user.username })}
      submit={t("console.withdraw")}
      isDangerous
      word={isDemotion ? user.username : undefined}
      onClose={onClose}
      onStale={() => (void reload(user.id), onClose())}
      act={async (fields) => {
        const after = await take(user, role, reasonOf(fields));
        keep(after);
        onClose();
        const undo = async () => {
          await restore(after, [role], user, t("console.undone")).then(keep).finally(() => changed());
          return t("console.isback", { role, name: user.username });
        };
        show({ text: t("console.withdrawn", { role, name: user.username }), undo: isDemotion ? undefined : undo });
        await changed();
      }}
    >
      <p>{t(isDemotion ? "console.self" : "console.withdrawtext", { name: user.username })}</p>
    </ActDialog>
  );
}
