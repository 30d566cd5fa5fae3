import { useInfiniteQuery } from "@tanstack/react-query";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import type { Key } from "../i18n/en";
import { useMe } from "../session";
import { Failed, Loading, Page } from "../ui/page";
import { Tabs } from "./tabs";

export function History() {
  const { t, moment } = useI18n();
  const { data: me } = useMe();
  const found = useInfiniteQuery({
    queryKey: ["events"],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam }) =>
      data(api.GET("/api/me/events", { params: { query: pageParam ? { cursor: pageParam } : {} } })),
    getNextPageParam: (page) => page.next_cursor,
  });
  const events = found.data?.pages.flatMap((page) => page.events) ?? [];
  return (
    <Page isWide title={t("account.what")} before={<Tabs />}>
      {found.isPending && <Loading />}
      {found.isError && <Failed error={found.error} retry={() => void found.refetch()} />}
      {found.data && events.length === 0 && <p>{t("account.nothing")}</p>}
      <ol className="events">
        {events.map((event) => (
          <li key={event.id}>
            <p>
              <strong>{t(`event.${event.action}` as Key) || event.action}</strong>
              {event.actor !== "stranger" && event.actor_id !== me?.id && `, ${t("account.byadmin")}`}
            </p>
            {event.reason && <p className="reason">“{event.reason}”</p>}
            <p className="hint">{moment(event.at)}{event.ip && ` · ${event.ip}`}</p>
          </li>
        ))}
      </ol>
      {found.hasNextPage && (
        <button type="button" className="button quiet" onClick={() => void found.fetchNextPage()}>{t("account.older")}</button>
      )}
    </Page>
  );
}
