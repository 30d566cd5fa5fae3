/** Dialogs: the browser's own, which keeps the focus inside; the focus returns to where it was. */
import { type ReactNode, useEffect, useId, useRef } from "react";

import { useI18n } from "../i18n";
import "../i18n/pages.en";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const { t } = useI18n();
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    const dialog = box.current;
    dialog?.showModal();
    // Otherwise it would be at what closes the dialog, which comes first.
    dialog?.querySelector<HTMLElement>("input, select")?.focus();
    return () => {
      dialog?.close();
      // What opened it may be gone soon, as the row of a role that was withdrawn; the focus is not to be nowhere then.
      for (const soon of [0, 200]) setTimeout(() => findFocus(opener), soon);
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="heading">
        <h2 id={id}>{title}</h2>
        <button type="button" className="close" aria-label={t("app.close")} onClick={onClose}>×</button>
      </div>
      {children}
    </dialog>
  );
}

function findFocus(opener: Element | null): void {
  if (document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
  const back = opener instanceof HTMLElement && opener.isConnected && opener !== document.body ? opener : null;
  (back ?? document.getElementById("main"))?.focus({ preventScroll: true });
}
