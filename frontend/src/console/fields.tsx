/** Fields that the forms of the console share. */
import { useId } from "react";

import { useI18n } from "../i18n";
import { Field } from "../ui/form";
import type { Sending } from "../ui/submit";

/** Why something is done; it can be left empty. */
export function Reason() {
  const { t } = useI18n();
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{t("console.reason")} <span className="hint">({t("app.optional")})</span></label>
      <p className="hint" id={`${id}-hint`}>{t("console.reasonhint")}</p>
      <input id={id} name="reason" type="text" maxLength={500} autoComplete="off" aria-describedby={`${id}-hint`} />
    </div>
  );
}

/** A name that is typed, so that nobody does by mistake what cannot be undone. */
export function Typed({ word, sending }: { word: string; sending: Sending }) {
  const { t } = useI18n();
  return <Field name="typed" label={t("console.type", { word })} autoComplete="off" sending={sending} />;
}

interface ChoiceProps {
  name: string;
  label: string;
  isOn?: boolean;
  /** Why it cannot be changed, or what it does. */
  hint?: string;
  isFixed?: boolean;
}

export function Choice({ name, label, isOn = false, hint, isFixed = false }: ChoiceProps) {
  const id = useId();
  return (
    <div className="check">
      <input id={id} name={name} type="checkbox" value="on" defaultChecked={isOn} disabled={isFixed} aria-describedby={hint && `${id}-hint`} />
      <div>
        <label htmlFor={id}>{label}</label>
        {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      </div>
    </div>
  );
}

/** The reason of a form, or null where none was given. */
export const reasonOf = (fields: Record<string, string>): string | null => fields.reason?.trim() || null;
