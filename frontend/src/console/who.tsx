/** Who did something, and to whom: the trail tells ids, so names are asked for. */
import { Link } from "react-router";

import { useI18n } from "../i18n";
import { namedIn } from "./actions";
import { useName } from "./calls";
import type { Entry } from "./types";

export function Actor({ event }: { event: Entry }) {
  const { t } = useI18n();
  if (event.actor === "console") return t("console.kind.console");
  if (event.actor === "stranger") return t("console.kind.stranger");
  return <Person id={event.actor_id} />;
}

/** Whom, or what, it was done to. */
export function About({ event }: { event: Entry }) {
  if (event.subject_id === null) return namedIn(event) ?? "–";
  return <Person id={event.subject_id} formerly={namedIn(event)} />;
}

function Person({ id, formerly }: { id: number | null; formerly?: string }) {
  const name = useName(id);
  if (id === null) return "–";
  return name ? <Link to={`/admin/users/${id}`}>{name}</Link> : `${formerly ? `${formerly} ` : ""}#${id}`;
}
