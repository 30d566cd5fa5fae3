import { Link } from "react-router";

import { useI18n } from "../i18n";
import { ConsolePage } from "./page";
import { People } from "./people";

export function Users() {
  const { t } = useI18n();
  return (
    <ConsolePage title={t("console.users")} actions={<Link className="button" to="/admin/new-user">{t("console.newuser")}</Link>}>
      <People />
    </ConsolePage>
  );
}
