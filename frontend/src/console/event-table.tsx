/** What happened, newest first, page by page; each event can be looked at. */
import { useState } from "react";

import { useI18n } from "../i18n";
import { Failed, Loading } from "../ui/page";
import { actionIn } from "./actions";
import { type EventsQuery, useEvents } from "./calls";
import { EventDetail } from "./event-detail";
import { Empty } from "./page";
import { Pager, usePaging } from "./paging";
import { Table } from "./table";
import type { Entry } from "./types";
import { About, Actor } from "./who";

export function EventTable({ caption, query, onClear }: { caption: string; query: Omit<EventsQuery, "cursor">; onClear?: () => void }) {
  const { t, moment } = useI18n();
  const paging = usePaging("trail");
  const [shown, show] = useState<Entry | null>(null);
  const found = useEvents({ ...query, cursor: paging.cursor ? Number(paging.cursor) : undefined });
  const events = found.data?.events ?? [];
  const counted = t(events.length === 1 ? "console.event1" : "console.eventcount", { count: events.length });
  const where = paging.page === undefined ? "" : `, ${t("console.page", { page: paging.page })}`;
  return (
    <>
      <p className="hint" role="status">
        {found.data && !found.isPlaceholderData && `${counted}${where}${found.data.next_cursor ? `, ${t("console.more")}` : ""}`}
      </p>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && events.length === 0 && (
        <Empty text={t("console.noevents")}>
          {onClear && <button type="button" className="button quiet" onClick={onClear}>{t("console.clear")}</button>}
        </Empty>
      )}
      {events.length > 0 && (
        <Table
          id="trail"
          caption={caption}
          isBusy={found.isPlaceholderData}
          head={
            <>
              <th scope="col">{t("console.when")}</th>
              <th scope="col">{t("console.what")}</th>
              <th scope="col">{t("console.by")}</th>
              <th scope="col">{t("console.about")}</th>
              <th scope="col">{t("console.reason")}</th>
              <th scope="col">{t("console.detail")}</th>
            </>
          }
        >
          {events.map((event) => (
            <tr key={event.id}>
              <td>{moment(event.at)}</td>
              <th scope="row">{actionIn(event.action, t)}</th>
              <td><Actor event={event} /></td>
              <td><About event={event} /></td>
              <td className="text">{event.reason ?? "–"}</td>
              <td>
                <button type="button" className="button quiet" aria-label={t("console.detailof", { id: event.id, what: actionIn(event.action, t) })} onClick={() => show(event)}>
                  {t("console.look")}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager paging={paging} next={found.data?.next_cursor} />
      {shown && <EventDetail event={shown} onClose={() => show(null)} />}
    </>
  );
}
