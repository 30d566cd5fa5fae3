/** Signing in with a passkey: by a button, and by the autofill of the field for the name. */
import { useEffect, useRef, useState } from "react";

import { api, data } from "../api/client";
import { CARRIER, enter } from "../api/session";
import { useI18n } from "../i18n";
import "../i18n/pages.en";
import { hasPasskeys, type Signed, signAsAnyone, stop } from "./ceremony";
import { Form, Submit } from "./form";
import { useSending } from "./submit";

/** In milliseconds; less than the five minutes for which the API takes what was signed. */
const OFFERED_FOR = 4 * 60_000;

export function PasskeyLogin() {
  return hasPasskeys() ? <Offer /> : null;
}

function Offer() {
  const { t } = useI18n();
  const [round, offerAgain] = useState(0);
  const chosen = useRef<Signed | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const sending = useSending(async () => {
    try {
      const signed = chosen.current ?? (await signAsAnyone());
      // The box to stay signed in is for both ways in.
      const remember = document.querySelector<HTMLInputElement>("#main input[name=remember]")?.checked ?? false;
      const body = { ...signed, remember, refresh: CARRIER } as const;
      enter(await data(api.POST("/api/login/passkey", { body, credentials: "include" })));
    } catch (error) {
      offerAgain(round + 1);
      throw error;
    } finally {
      chosen.current = null;
    }
  });
  useEffect(() => {
    let isWanted = true;
    async function offer(): Promise<void> {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      const signed = await signAsAnyone("conditional");
      if (!isWanted) return;
      chosen.current = signed;
      box.current?.querySelector("form")?.requestSubmit();
    }
    // Nobody chose one, or another ceremony took its place: the button is still there.
    void offer().catch(() => undefined);
    const timer = setTimeout(() => offerAgain(round + 1), OFFERED_FOR);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [round]);
  useEffect(() => stop, []);
  return (
    <div ref={box} className="or">
      <Form sending={sending}>
        <Submit sending={sending} kind="quiet">{t("passkey.signin")}</Submit>
      </Form>
    </div>
  );
}
