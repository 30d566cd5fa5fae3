/** What the API wants to know once more, it is told in a dialog; then the call goes on as if nothing had been. */
import { lazy, Suspense, useEffect, useState } from "react";

import { stepUp } from "../api/client";

const Confirm = lazy(() => import("./confirm-identity").then((part) => ({ default: part.ConfirmIdentity })));

interface Asked {
  ways: string[];
  answer: (isConfirmed: boolean) => void;
}

export function StepUp() {
  const [asked, ask] = useState<Asked | null>(null);
  useEffect(() => {
    stepUp.ask = (ways) => new Promise((answer) => ask({ ways, answer }));
    return () => {
      stepUp.ask = undefined;
    };
  }, []);
  if (!asked) return null;
  const close = (isConfirmed: boolean): void => {
    ask(null);
    asked.answer(isConfirmed);
  };
  return (
    <Suspense>
      <Confirm ways={asked.ways} onClose={close} />
    </Suspense>
  );
}
