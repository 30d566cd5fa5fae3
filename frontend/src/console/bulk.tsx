/** What can be done to several people at once: first it is told what would become of each, then it is done. */
import { useEffect, useRef, useState } from "react";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import type { Key } from "../i18n/en";
import { Dialog } from "../ui/dialog";
import { useMe } from "../session";
import { Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { changed, useRoles } from "./calls";
import { Reason, reasonOf, Typed } from "./fields";
import { ADMIN, type Outcome } from "./types";

type Way = "add" | "remove";
export type PeopleById = ReadonlyMap<number, string>;

interface Plan {
  way: Way;
  role: string;
  reason: string | null;
}

/** The bar that is there while somebody is ticked. */
export function Bulk({ people, role, onDone }: { people: PeopleById; role?: string; onDone: () => void }) {
  const { t } = useI18n();
  const [way, begin] = useState<Way | null>(null);
  return (
    <>
      <div className={people.size ? "bulk" : "unseen"}>
        <p role="status">{people.size > 0 && t("console.selected", { count: people.size })}</p>
        {people.size > 0 && (
          <div className="actions">
            <button type="button" className="button" onClick={() => begin("add")}>{t("console.addrole")}</button>
            <button type="button" className="button quiet" onClick={() => begin("remove")}>{t("console.removerole")}</button>
            <button type="button" className="button quiet" onClick={onDone}>{t("console.unselect")}</button>
          </div>
        )}
      </div>
      {way && <BulkDialog people={people} way={way} role={way === "remove" ? role : undefined} onClose={() => begin(null)} onDone={onDone} />}
    </>
  );
}

interface BulkDialogProps {
  people: PeopleById;
  way: Way;
  /** The role that it is about, where that is known. */
  role?: string;
  onClose: () => void;
  onDone: () => void;
}

export function BulkDialog({ people, way, role, onClose, onDone }: BulkDialogProps) {
  const { t } = useI18n();
  const [plan, setPlan] = useState<Plan | null>(null);
  const [told, tell] = useState<{ outcomes: Outcome[]; changed: number; isDone: boolean } | null>(null);
  const result = useRef<HTMLParagraphElement>(null);
  useEffect(() => result.current?.focus(), [told]);
  const title = t(way === "add" ? "console.bulk.add" : "console.bulk.remove", { count: people.size });

  async function ask(wanted: Plan, isDone: boolean): Promise<void> {
    const ids = [...people.keys()];
    const body = { [wanted.way]: ids, reason: wanted.reason, dry_run: !isDone, partial: true };
    const answer = await data(api.POST("/api/admin/roles/{role}/users", { params: { path: { role: wanted.role } }, body }));
    setPlan(wanted);
    tell({ outcomes: answer.outcomes, changed: answer.changed, isDone });
    if (isDone) await changed();
  }

  function close(): void {
    if (told?.isDone) onDone();
    onClose();
  }

  return (
    <Dialog title={title} onClose={close}>
      {!told || !plan ? (
        <Choose way={way} role={role} act={(wanted) => ask(wanted, false)} onClose={close} />
      ) : (
        <>
          <p tabIndex={-1} ref={result}>
            {t(told.isDone ? "console.bulk.done" : told.changed ? "console.bulk.would" : "console.bulk.nothing", { count: told.changed, role: plan.role })}
          </p>
          <Outcomes outcomes={told.outcomes} people={people} isDone={told.isDone} />
          {told.isDone || told.changed === 0 ? (
            <p className="actions"><button type="button" className="button" onClick={close}>{t("app.close")}</button></p>
          ) : (
            <Commit plan={plan} told={told} act={() => ask(plan, true)} back={() => tell(null)} />
          )}
        </>
      )}
    </Dialog>
  );
}

function Choose({ way, role, act, onClose }: { way: Way; role?: string; act: (plan: Plan) => Promise<void>; onClose: () => void }) {
  const { t } = useI18n();
  const roles = useRoles();
  const sending = useSending((fields) => act({ way, role: role ?? fields.role ?? "", reason: reasonOf(fields) }), role === undefined ? ["role"] : []);
  const problem = sending.problem?.fields.role;
  return (
    <Form sending={sending}>
      {role === undefined ? (
        <div className={problem ? "field wrong" : "field"}>
          <label htmlFor="role">{t("console.role")}</label>
          {problem && <p className="problem" id="role-problem">{problem}</p>}
          <select id="role" name="role" defaultValue="" aria-invalid={problem ? true : undefined} aria-describedby={problem && "role-problem"}>
            <option value="">{t("console.choose")}</option>
            {roles.data?.map((one) => <option key={one.name}>{one.name}</option>)}
          </select>
        </div>
      ) : (
        <p>{t("console.role")}: <strong>{role}</strong></p>
      )}
      <Reason />
      <p className="actions">
        <Submit sending={sending}>{t("console.bulk.preview")}</Submit>
        <button type="button" className="button quiet" onClick={onClose}>{t("console.cancel")}</button>
      </p>
    </Form>
  );
}

/** The second step; whoever would take the keys from themselves must type their name. */
function Commit({ plan, told, act, back }: { plan: Plan; told: { outcomes: Outcome[]; changed: number }; act: () => Promise<void>; back: () => void }) {
  const { t } = useI18n();
  const { data: me } = useMe();
  const isOwn = plan.role === ADMIN && told.outcomes.some((one) => one.id === me?.id && one.outcome === "withdrawn");
  const word = isOwn ? me?.username : undefined;
  const sending = useSending(async ({ typed }) => {
    if (word !== undefined && typed !== word) {
      const problem = t("console.mistyped", { word });
      throw { error: "validation_error", message: problem, fields: { typed: [problem] } };
    }
    await act();
  });
  return (
    <Form sending={sending}>
      {word !== undefined && <p className="named">{t("console.self")}</p>}
      {word !== undefined && <Typed word={word} sending={sending} />}
      <p className="actions">
        <Submit sending={sending} kind={plan.way === "remove" ? "danger" : ""}>
          {t(plan.way === "add" ? "console.bulk.give" : "console.bulk.take", { count: told.changed })}
        </Submit>
        <button type="button" className="button quiet" onClick={back}>{t("console.back")}</button>
      </p>
    </Form>
  );
}

function Outcomes({ outcomes, people, isDone }: { outcomes: Outcome[]; people: PeopleById; isDone: boolean }) {
  const { t } = useI18n();
  return (
    <ul className="outcomes" tabIndex={0} aria-label={t("console.outcomes")}>
      {outcomes.map(({ id, outcome }) => (
        <li key={id} className={outcome === "last_admin" || outcome === "unknown_user" ? "bad" : undefined}>
          <strong>{people.get(id) ?? `#${id}`}</strong>: {t(`console.outcome.${isDone ? "did" : "would"}.${outcome}` as Key)}
        </li>
      ))}
    </ul>
  );
}
