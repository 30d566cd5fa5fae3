/** The trail: what happened, narrowed down; to take along, and to be checked. */
import { useMutation } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { Failed } from "../ui/page";
import { ACTIONS } from "./actions";
import type { EventsQuery } from "./calls";
import { EventFilters } from "./event-filters";
import { EventTable } from "./event-table";
import { ConsolePage } from "./page";

const NDJSON = "application/x-ndjson";
const NAMES = ["action", "actor", "subject", "since", "until"];

export function Events() {
  const { t } = useI18n();
  const [params, setParams] = useSearchParams();
  const query = queryOf(params);
  const verify = useMutation({ mutationFn: () => data(api.GET("/api/admin/events/verify")) });
  const take = useMutation({
    mutationFn: async () => {
      const lines = await data(api.GET("/api/admin/events", { params: { query }, headers: { Accept: NDJSON }, parseAs: "blob" }));
      save(lines, `events-${new Date().toISOString().slice(0, 10)}.ndjson`);
    },
  });

  function narrow(changes: Record<string, string | undefined>): void {
    const next = new URLSearchParams();
    for (const name of NAMES) if (changes[name]) next.set(name, changes[name]);
    setParams(next);
  }

  return (
    <ConsolePage
      title={t("console.trail")}
      actions={
        <>
          <button type="button" className="button quiet" aria-disabled={take.isPending || undefined} onClick={() => take.isPending || take.mutate()}>
            {t(take.isPending ? "console.exporting" : "console.export")}
          </button>
          <button type="button" className="button quiet" aria-disabled={verify.isPending || undefined} onClick={() => verify.isPending || verify.mutate()}>
            {t("console.verify")}
          </button>
        </>
      }
    >
      <EventFilters query={query} onNarrow={narrow} />
      {take.isError && <Failed error={take.error} retry={() => take.mutate()} />}
      {verify.isError && <Failed error={verify.error} retry={() => verify.mutate()} />}
      <div role="status">
        {take.isSuccess && <p className="status">{t("console.exported")}</p>}
        {verify.data?.verified && <p className="status">{t("console.verified", { count: verify.data.events })}</p>}
        {verify.data?.problem && (
          <p className="named">{t("console.broken", { count: verify.data.events, place: verify.data.problem.sequence ?? `#${verify.data.problem.event_id ?? "?"}` })}</p>
        )}
      </div>
      <EventTable caption={t("console.trail")} query={query} onClear={NAMES.some((name) => params.has(name)) ? () => narrow({}) : undefined} />
    </ConsolePage>
  );
}

function queryOf(params: URLSearchParams): Omit<EventsQuery, "cursor"> {
  const [action, actor, subject, since, until] = NAMES.map((name) => params.get(name) || undefined);
  return {
    action: ACTIONS.find((known) => known === action),
    actor,
    subject: subject && Number(subject) > 0 ? Number(subject) : undefined,
    since,
    until,
  };
}

/** Let the browser keep a file. */
function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
