import { useState } from "react";

import { useI18n } from "../i18n";
import { Failed, Loading } from "../ui/page";
import { useRoles } from "./calls";
import { Picker, toggled } from "./picker";
import type { Role } from "./types";

interface RolePickerProps {
  label: string;
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  /** Which roles can be chosen; all, unless it is said. */
  isOpen?: (role: Role) => boolean;
}

/** Roles of the catalogue, to choose several from. */
export function RolePicker({ label, chosen, onChange, isOpen = () => true }: RolePickerProps) {
  const { t } = useI18n();
  const [search, setSearch] = useState("");
  const found = useRoles();
  const part = search.trim().toLowerCase();
  const open = found.data?.filter(isOpen) ?? [];
  const items = open.filter((role) => `${role.name} ${role.description}`.toLowerCase().includes(part));
  return (
    <Picker
      label={label}
      search={search}
      onSearch={setSearch}
      items={items.map((role) => ({ id: role.name, name: role.name, hint: role.description }))}
      chosen={chosen}
      onToggle={({ id }) => onChange(toggled(chosen, id))}
    >
      {found.isPending ? <Loading />
        : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} />
        : items.length === 0 ? <p>{t(open.length ? "console.nomatch" : "console.norolesleft")}</p>
        : undefined}
    </Picker>
  );
}
