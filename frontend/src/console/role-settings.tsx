import { useState } from "react";
import { useNavigate } from "react-router";

import { api, data, failure } from "../api/client";
import { useI18n } from "../i18n";
import { Field, Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { changed } from "./calls";
import { ActDialog } from "./dialog";
import { Choice, Reason, reasonOf } from "./fields";
import { useToast } from "./toast";
import type { Role } from "./types";

export function RoleSettings({ role }: { role: Role }) {
  const { t } = useI18n();
  const show = useToast();
  const [isDeleting, askToDelete] = useState(false);
  // The role as it was shown: what nobody touched here is not sent, as somebody else may have changed it meanwhile.
  const [base, setBase] = useState(role);
  const sending = useSending(async ({ description = "", is_default, requires_factor, ...fields }) => {
    const isDefault = role.is_protected ? base.is_default : is_default === "on";
    const requiresFactor = requires_factor === "on";
    const patch = {
      ...(description !== base.description && { description }),
      ...(isDefault !== base.is_default && { is_default: isDefault }),
      ...(requiresFactor !== base.requires_factor && { requires_factor: requiresFactor }),
    };
    if (Object.keys(patch).length) {
      const body = { ...patch, reason: reasonOf(fields) };
      setBase(await data(api.PATCH("/api/admin/roles/{role}", { params: { path: { role: role.name } }, body })));
      void changed();
    }
    show({ text: t("console.saved") });
  });
  return (
    <>
      <Form sending={sending} className="slim">
        <Field name="description" label={t("console.description")} value={role.description} autoComplete="off" sending={sending} />
        <Choice name="is_default" label={t("console.default")} isOn={role.is_default} isFixed={role.is_protected} hint={t(role.is_protected ? "console.fixed" : "console.defaulthint")} />
        <Choice name="requires_factor" label={t("console.requires")} isOn={role.requires_factor} hint={t("console.requireshint")} />
        <Reason />
        <Submit sending={sending}>{t("account.save")}</Submit>
      </Form>
      <section>
        <h2>{t("console.deleterole", { role: role.name })}</h2>
        {role.is_protected ? (
          <p>{t("console.stays", { role: role.name })}</p>
        ) : (
          <>
            <p>{t("console.deleteroletext")}</p>
            <p className="actions">
              <button type="button" className="button danger quiet" onClick={() => askToDelete(true)}>{t("console.deletetherole")}</button>
            </p>
          </>
        )}
      </section>
      {isDeleting && <DeleteRole role={role} onClose={() => askToDelete(false)} />}
    </>
  );
}

/** A role that someone has is deleted only when it is said, by its name, that all are to lose it. */
function DeleteRole({ role, onClose }: { role: Role; onClose: () => void }) {
  const { t } = useI18n();
  const go = useNavigate();
  const [holders, setHolders] = useState(0);
  const name = role.name;
  return (
    <ActDialog
      title={t("console.deleterole", { role: name })}
      submit={t(holders ? "console.withdrawall" : "console.deletetherole")}
      isDangerous
      word={holders ? name : undefined}
      onClose={onClose}
      act={async (fields) => {
        const params = { path: { role: name }, query: { withdraw: holders > 0 } };
        try {
          const { withdrawn } = await data(api.DELETE("/api/admin/roles/{role}", { params, body: { reason: reasonOf(fields) } }));
          await go("/admin/roles", { replace: true, state: { said: t(withdrawn ? "console.roledeletedfrom" : "console.roledeleted", { role: name, count: withdrawn }) } });
          await changed();
        } catch (error) {
          const { error: code, holders: some = 0 } = failure(error);
          if (code === "role_in_use") setHolders(some);
          throw error;
        }
      }}
    >
      <p>{holders ? t(holders === 1 ? "console.inuse1" : "console.inuse", { count: holders, role: name }) : t("console.deleteroletext")}</p>
    </ActDialog>
  );
}
