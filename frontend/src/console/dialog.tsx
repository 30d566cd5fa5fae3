/** Dialogs: the browser's own, which keeps the focus inside; the focus returns to where it was. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import { failure, type Failure } from "../api/client";
import { useI18n } from "../i18n";
import { Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { Reason, Typed } from "./fields";

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
        <button type="button" className="close" aria-label={t("console.close")} onClick={onClose}>×</button>
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

interface ActProps {
  title: string;
  submit: string;
  /** Do it; what it refuses is said in the dialog, which stays open. */
  act: (fields: Record<string, string>) => Promise<unknown>;
  onClose: () => void;
  /** Show how things are now, where somebody else has changed them meanwhile. */
  onStale?: () => void;
  children?: ReactNode;
  /** What must be typed for it to be meant. */
  word?: string;
  isDangerous?: boolean;
  required?: string[];
  /** The fields, with what is wrong with them. */
  fields?: (sending: ReturnType<typeof useSending>) => ReactNode;
}

/** A dialog that does something, for a reason. */
export function ActDialog({ title, submit, act, onClose, onStale, children, word, isDangerous = false, required, fields }: ActProps) {
  const { t } = useI18n();
  const [refused, refuse] = useState<Failure | null>(null);
  const sending = useSending(async (filled) => {
    refuse(null);
    if (word !== undefined && filled.typed !== word) throw mistyped(t("console.mistyped", { word }));
    try {
      await act(filled);
    } catch (error) {
      refuse(failure(error));
      throw error;
    }
  }, required);
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Form sending={sending}>
        <Guidance refused={refused} onStale={onStale} />
        {fields?.(sending)}
        {word !== undefined && <Typed word={word} sending={sending} />}
        <Reason />
        <p className="actions">
          <Submit sending={sending} kind={isDangerous ? "danger" : ""}>{submit}</Submit>
          <button type="button" className="button quiet" onClick={onClose}>{t("console.cancel")}</button>
        </p>
      </Form>
    </Dialog>
  );
}

/** What to do about a refusal, where there is something to do. */
export function Guidance({ refused, onStale }: { refused: Failure | null; onStale?: () => void }) {
  const { t } = useI18n();
  if (refused?.error === "last_admin") return <p className="named">{t("console.lastadmin")}</p>;
  if (refused?.error !== "stale_version" || !onStale) return null;
  return (
    <div className="named">
      <p>{t("console.stale")}</p>
      <button type="button" className="button quiet" onClick={onStale}>{t("console.reload")}</button>
    </div>
  );
}

/** The refusal of a name that was to be typed, and was not. */
function mistyped(problem: string): Failure {
  return { error: "validation_error", message: problem, fields: { typed: [problem] } };
}
