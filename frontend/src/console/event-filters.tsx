/** What the trail is narrowed down to: people are named by their username, and known by their id in the address. */
import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import { Field, Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { ACTIONS, actionIn } from "./actions";
import { type EventsQuery, useName } from "./calls";
import { toLocal, toMoment } from "./times";

interface EventFiltersProps {
  query: Omit<EventsQuery, "cursor">;
  onNarrow: (changes: Record<string, string | undefined>) => void;
}

export function EventFilters({ query, onNarrow }: EventFiltersProps) {
  const { t } = useI18n();
  const isKind = query.actor === "console" || query.actor === "stranger" || query.actor === "user";
  const actor = usePerson(isKind ? undefined : query.actor);
  const subject = usePerson(query.subject);
  const sending = useSending(async ({ action, kind, actor: who = "", subject: whom = "", since, until }) => {
    const found = { actor: await idOf("actor", who), subject: await idOf("subject", whom) };
    onNarrow({ action, actor: found.actor ?? kind, subject: found.subject, since: toMoment(since), until: toMoment(until) });
  });

  async function idOf(field: string, text: string): Promise<string | undefined> {
    const name = text.trim();
    if (!name) return undefined;
    const id = /^#?(\d{1,15})$/.exec(name)?.[1];
    if (name.startsWith("#") && id) return id;
    const { users } = await data(api.GET("/api/admin/users", { params: { query: { search: name, limit: 100 } } }));
    const user = users.find((one) => one.username.toLowerCase() === name.toLowerCase() || one.email?.toLowerCase() === name.toLowerCase());
    if (user) return String(user.id);
    if (id) return id;
    const problem = t("console.unknownname");
    throw { error: "validation_error", message: problem, fields: { [field]: [problem] } };
  }

  return (
    <Form sending={sending} className="filters">
      <div>
        <label htmlFor="action">{t("console.what")}</label>
        <select key={query.action} id="action" name="action" defaultValue={query.action ?? ""}>
          <option value="">{t("console.any")}</option>
          {ACTIONS.map((action) => <option key={action} value={action}>{actionIn(action, t)}</option>)}
        </select>
      </div>
      <div>
        <label htmlFor="kind">{t("console.kindof")}</label>
        <select key={`${isKind} ${query.actor}`} id="kind" name="kind" defaultValue={isKind ? query.actor : ""}>
          <option value="">{t("console.any")}</option>
          <option value="user">{t("console.kind.user")}</option>
          <option value="console">{t("console.kind.console")}</option>
          <option value="stranger">{t("console.kind.stranger")}</option>
        </select>
      </div>
      <Field key={`actor ${actor}`} name="actor" label={t("console.by")} hint={t("console.namehint")} value={actor} autoComplete="off" sending={sending} />
      <Field key={`subject ${subject}`} name="subject" label={t("console.about")} hint={t("console.namehint")} value={subject} autoComplete="off" sending={sending} />
      <Field key={`since ${query.since}`} name="since" type="datetime-local" label={t("console.sincethen")} value={toLocal(query.since)} autoComplete="off" sending={sending} />
      <Field key={`until ${query.until}`} name="until" type="datetime-local" label={t("console.beforethen")} value={toLocal(query.until)} autoComplete="off" sending={sending} />
      <p className="actions">
        <Submit sending={sending}>{t("console.narrowdown")}</Submit>
        <button type="button" className="button quiet" onClick={() => onNarrow({})}>{t("console.clear")}</button>
      </p>
    </Form>
  );
}

/** What stands in the field for the id in the address: the name, or the id where there is none. */
function usePerson(id: string | number | undefined): string {
  const name = useName(id === undefined ? null : Number(id));
  return id === undefined ? "" : (name ?? `#${id}`);
}
