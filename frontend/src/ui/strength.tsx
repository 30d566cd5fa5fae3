/** How long somebody would guess at a password that is being chosen, as the server says. */
import "../i18n/pages.en";

import { useEffect, useState } from "react";

import { api, data } from "../api/client";
import { useI18n } from "../i18n";
import type { Key } from "../i18n/en";

/** Milliseconds without a keystroke, after which the server is asked. */
const PAUSE = 400;

interface Told {
  score: number;
  allowed: boolean;
}

/** What stands below the field with the id `of`. Without an answer it says nothing: the form will. */
export function Strength({ of }: { of: string }) {
  const { t } = useI18n();
  const [told, tell] = useState<Told | null>(null);
  useEffect(() => {
    const input = document.getElementById(of);
    if (!(input instanceof HTMLInputElement)) return;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      const password = input.value;
      const answer = password ? await rate(password, input.form).catch(() => null) : null;
      if (input.isConnected && input.value === password) tell(answer);
    };
    const listen = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void ask(), PAUSE);
    };
    input.addEventListener("input", listen);
    return () => {
      clearTimeout(timer);
      input.removeEventListener("input", listen);
    };
  }, [of]);
  return (
    <div className="strength">
      <meter min={0} max={4} low={2} high={3} optimum={4} value={told?.score ?? 0} aria-label={t("strength.label")} />
      <span role="status">{told && t(told.allowed ? (`strength.${told.score}` as Key) : "strength.refused")}</span>
    </div>
  );
}

function rate(password: string, form: HTMLFormElement | null): Promise<Told> {
  const given = form ? new FormData(form) : new FormData();
  const [username, email] = ["username", "email"].map((name) => given.get(name)?.toString() || null);
  return data(api.POST("/api/password-strength", { body: { password, username, email } }));
}
