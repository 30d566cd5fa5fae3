import type { ReactNode } from "react";

import { useI18n } from "../i18n";
import { Dialog } from "../ui/dialog";
import { actionIn } from "./actions";
import type { Entry } from "./types";
import { About, Actor } from "./who";

/** All that is known of an event, with what was before and after. */
export function EventDetail({ event, onClose }: { event: Entry; onClose: () => void }) {
  const { t, moment } = useI18n();
  const facts: [string, ReactNode][] = [
    [t("console.when"), moment(event.at)],
    [t("console.by"), <Actor event={event} />],
    [t("console.about"), <About event={event} />],
    [t("console.reason"), event.reason],
    [t("console.address"), event.ip],
    [t("console.action"), event.action],
    [t("console.request"), event.request_id],
    [t("console.session"), event.session_id],
    [t("console.place"), event.sequence ?? t("console.outside")],
    [t("console.hash"), event.hash],
  ];
  return (
    <Dialog title={`${actionIn(event.action, t)} (#${event.id})`} onClose={onClose}>
      <div className="pair">
        <Value label={t("console.before")} value={event.before} />
        <Value label={t("console.after")} value={event.after} />
      </div>
      <dl>
        {facts.map(([name, value]) => value !== null && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="actions"><button type="button" className="button quiet" onClick={onClose}>{t("app.close")}</button></p>
    </Dialog>
  );
}

function Value({ label, value }: { label: string; value: unknown }) {
  const { t } = useI18n();
  return (
    <div>
      <h3>{label}</h3>
      {value === null || value === undefined ? <p className="hint">{t("console.nothing")}</p> : <pre>{spelt(value)}</pre>}
    </div>
  );
}

/** A value as one reads it: a list, or names and values, a line each. */
function spelt(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => spelt(one)).join("\n") || "[]";
  if (value && typeof value === "object") {
    return Object.entries(value).map(([name, one]) => `${name}: ${one && typeof one === "object" ? JSON.stringify(one) : String(one)}`).join("\n");
  }
  return String(value);
}
