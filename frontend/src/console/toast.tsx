/** What was just done, for five seconds, with a way to undo it; it stays while somebody points at it or is in it. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";

import { failure } from "../api/client";
import { useI18n } from "../i18n";
import { told } from "../ui/submit";

const STAYS = 5000;

interface Toast {
  text: string;
  /** Take it back, and return what is said then. */
  undo?: () => Promise<string>;
  isWrong?: boolean;
}

interface Told {
  toast: Toast | null;
  show: (toast: Toast | null) => void;
}

const Context = createContext<Told>({ toast: null, show: () => undefined });

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toast, show] = useState<Toast | null>(null);
  const value = useMemo(() => ({ toast, show }), [toast]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}

export const useToast = () => useContext(Context).show;

export function Toasts() {
  const { t } = useI18n();
  const { toast, show } = useContext(Context);
  const [isHeld, hold] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!toast || toast.isWrong || isHeld || isBusy) return;
    const timer = setTimeout(end, STAYS);
    return () => clearTimeout(timer);
  }, [toast, isHeld, isBusy]);

  function end(): void {
    if (box.current?.contains(document.activeElement)) document.getElementById("main")?.focus({ preventScroll: true });
    hold(false);
    show(null);
  }

  async function undo(act: () => Promise<string>): Promise<void> {
    if (isBusy) return;
    setBusy(true);
    const next = await act().then(
      (text): Toast => ({ text }),
      (error: unknown): Toast => ({ text: t("console.notundone", { why: told(failure(error), t) }), isWrong: true }),
    );
    setBusy(false);
    show(next);
  }

  return (
    <div
      className={toast ? (toast.isWrong ? "toast wrong" : "toast") : "unseen"}
      ref={box}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={(event) => hold(event.target.matches(":focus-visible"))}
      onBlur={() => hold(false)}
    >
      <p role="status">{toast?.text}</p>
      {toast && (
        <div className="actions">
          {toast.undo && (
            <button type="button" className="button" aria-disabled={isBusy || undefined} onClick={() => toast.undo && void undo(toast.undo)}>
              {t("console.undo")}
            </button>
          )}
          <button type="button" className="button quiet" onClick={end}>{t("console.dismiss")}</button>
        </div>
      )}
    </div>
  );
}
