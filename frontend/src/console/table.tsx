/** Tables: each scrolls inside its own frame, by keyboard too. */
import type { ReactNode } from "react";

import { useI18n } from "../i18n";

interface TableProps {
  id: string;
  caption: string;
  /** Whether what is shown is about to be replaced. */
  isBusy?: boolean;
  head: ReactNode;
  children: ReactNode;
}

export function Table({ id, caption, isBusy = false, head, children }: TableProps) {
  return (
    <div className="frame" id={id} role="region" tabIndex={0} aria-labelledby={`${id}-caption`} aria-busy={isBusy}>
      <table>
        <caption id={`${id}-caption`}>{caption}</caption>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A heading that sorts by its column; `sort` is as the API has it, with `-` where the last comes first. */
export function SortBy({ column, sort, onSort, children }: { column: string; sort: string; onSort: (sort: string) => void; children: ReactNode }) {
  const { t } = useI18n();
  const order = sort === column ? "ascending" : sort === `-${column}` ? "descending" : undefined;
  return (
    <th scope="col" aria-sort={order ?? "none"}>
      <button type="button" className="sort" onClick={() => onSort(order === "ascending" ? `-${column}` : column)}>
        {children}
        <span aria-hidden="true">{order === "ascending" ? " ↑" : order === "descending" ? " ↓" : " ↕"}</span>
        {!order && <span className="unseen"> ({t("console.sortable")})</span>}
      </button>
    </th>
  );
}
