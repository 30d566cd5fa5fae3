/** The roles that there are. */
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { Field } from "../ui/form";
import { Failed, Loading } from "../ui/page";
import { changed, useRoles } from "./calls";
import { ActDialog } from "./dialog";
import { Choice, reasonOf } from "./fields";
import { ConsolePage, Empty } from "./page";
import { Table } from "./table";

export function Roles() {
  const { t } = useI18n();
  const found = useRoles();
  const [isMaking, make] = useState(false);
  const roles = found.data ?? [];
  return (
    <ConsolePage
      title={t("console.roles")}
      actions={<button type="button" className="button" onClick={() => make(true)}>{t("console.newrole")}</button>}
    >
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && roles.length === 0 && <Empty text={t("console.norole")} />}
      {roles.length > 0 && (
        <Table
          id="catalogue"
          caption={t("console.catalogue")}
          head={
            <>
              <th scope="col">{t("console.name")}</th>
              <th scope="col">{t("console.description")}</th>
              <th scope="col">{t("console.default")}</th>
              <th scope="col">{t("console.kind")}</th>
            </>
          }
        >
          {roles.map((role) => (
            <tr key={role.name}>
              <th scope="row"><Link to={`/admin/roles/${role.name}`}>{role.name}</Link></th>
              <td className="text">{role.description || "–"}</td>
              <td>{t(role.is_default ? "console.yes" : "console.no")}</td>
              <td>{role.is_protected ? <span className="mark">{t("console.protected")}</span> : "–"}</td>
            </tr>
          ))}
        </Table>
      )}
      {isMaking && <NewRole onClose={() => make(false)} />}
    </ConsolePage>
  );
}

function NewRole({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const go = useNavigate();
  return (
    <ActDialog
      title={t("console.newrole")}
      submit={t("console.makerole")}
      required={["name"]}
      onClose={onClose}
      act={async ({ name = "", description = "", is_default, ...fields }) => {
        const body = { name, description, is_default: is_default === "on", reason: reasonOf(fields) };
        await data(api.POST("/api/admin/roles", { body }));
        await go(`/admin/roles/${name}`, { state: { said: t("console.rolemade", { role: name }) } });
        await changed();
      }}
      fields={(sending) => (
        <>
          <Field name="name" label={t("console.name")} hint={t("console.rolehint")} autoComplete="off" sending={sending} />
          <Field name="description" label={t("console.description")} autoComplete="off" sending={sending} />
          <Choice name="is_default" label={t("console.default")} />
        </>
      )}
    />
  );
}
