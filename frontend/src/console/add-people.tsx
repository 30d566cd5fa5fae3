/** Giving a role to people who are searched for. */
import { useEffect, useState } from "react";

import { useI18n } from "../i18n";
import { Dialog } from "../ui/dialog";
import { Failed, Loading } from "../ui/page";
import { BulkDialog } from "./bulk";
import { useUsers } from "./calls";
import { Picker } from "./picker";

export function AddPeople({ role, onClose }: { role: string; onClose: () => void }) {
  const { t } = useI18n();
  const [search, setSearch] = useState("");
  const asked = useLater(search.trim());
  const [chosen, choose] = useState<ReadonlyMap<number, string>>(new Map());
  const [isChosen, goOn] = useState(false);
  const found = useUsers({ search: asked || undefined, sort: "username" });
  const users = found.data?.users ?? [];
  if (isChosen) return <BulkDialog people={chosen} way="add" role={role} onClose={onClose} onDone={onClose} />;
  return (
    <Dialog title={t("console.addpeopleto", { role })} onClose={onClose}>
      <Picker
        label={t("console.users")}
        search={search}
        onSearch={setSearch}
        items={users.map((user) => ({
          id: String(user.id),
          name: user.username,
          hint: user.roles.includes(role) ? t("console.hasit") : (user.email ?? undefined),
        }))}
        chosen={new Set([...chosen.keys()].map(String))}
        onToggle={({ id, name }) => {
          const next = new Map(chosen);
          if (!next.delete(Number(id))) next.set(Number(id), name);
          choose(next);
        }}
      >
        {found.isPending ? <Loading />
          : found.isError ? <Failed error={found.error} retry={() => void found.refetch()} />
          : users.length === 0 ? <p>{t("console.nomatch")}</p>
          : undefined}
      </Picker>
      {found.data?.next_cursor && <p className="hint">{t("console.searchmore")}</p>}
      <p className="actions">
        <button type="button" className="button" aria-disabled={chosen.size === 0 || undefined} onClick={() => chosen.size && goOn(true)}>{t("console.goon")}</button>
        <button type="button" className="button quiet" onClick={onClose}>{t("console.cancel")}</button>
      </p>
    </Dialog>
  );
}

/** A text once nobody has typed for a moment. */
export function useLater(text: string): string {
  const [later, setLater] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setLater(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return later;
}
