/** Dialogs that do something, for a reason. */
import { type ReactNode, useState } from "react";

import { failure, type Failure } from "../api/client";
import { useI18n } from "../i18n";
import { Dialog } from "../ui/dialog";
import { Form, Submit } from "../ui/form";
import { useSending } from "../ui/submit";
import { Reason, Typed } from "./fields";

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
