/** Pages of a list, by the cursor in the address: Back goes to the page before, and a link leads to the same page. */
import { useLocation, useSearchParams } from "react-router";

import { useI18n } from "../i18n";

export interface Paging {
  cursor: string | undefined;
  /** The number of this page; undefined where somebody came by a link, and nobody counted. */
  page: number | undefined;
  next: (cursor: string | number) => void;
  previous: (() => void) | null;
  first: (() => void) | null;
}

/** `list` is the id of what gets the focus when another page is shown. */
export function usePaging(list: string): Paging {
  const [params, setParams] = useSearchParams();
  const { state } = useLocation() as { state: { trail?: string[] } | null };
  const cursor = params.get("cursor") ?? undefined;
  const trail = cursor === undefined ? [] : state?.trail;

  function show(to: string | undefined, by: string[] | undefined): void {
    const next = new URLSearchParams(params);
    next.delete("cursor");
    if (to) next.set("cursor", to);
    setParams(next, { state: { trail: by } });
    document.getElementById(list)?.focus();
  }

  return {
    cursor,
    page: trail && trail.length + 1,
    next: (to) => show(String(to), trail && [...trail, cursor ?? ""]),
    previous: trail?.length ? () => show(trail.at(-1), trail.slice(0, -1)) : null,
    first: cursor !== undefined && trail?.length !== 1 ? () => show(undefined, []) : null,
  };
}

export function Pager({ paging, next }: { paging: Paging; next: string | number | null | undefined }) {
  const { t } = useI18n();
  if (!paging.first && !paging.previous && !next) return null;
  return (
    <nav className="pager" aria-label={t("console.pages")}>
      {paging.first && <button type="button" className="button quiet" onClick={paging.first}>{t("console.first")}</button>}
      {paging.previous && <button type="button" className="button quiet" onClick={paging.previous}>{t("console.previous")}</button>}
      {paging.page !== undefined && <span className="hint">{t("console.page", { page: paging.page })}</span>}
      {next && <button type="button" className="button quiet" onClick={() => paging.next(next)}>{t("console.next")}</button>}
    </nav>
  );
}
