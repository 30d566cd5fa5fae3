/** What every form is made of. */
import { type KeyboardEvent, lazy, type MouseEvent, type ReactNode, Suspense, useEffect, useId, useRef, useState } from "react";

import { useI18n } from "../i18n";
import type { Problem, Sending } from "./submit";

// Nobody chooses a password at the door, so nobody waits for this there.
const Strength = lazy(() => import("./strength").then((part) => ({ default: part.Strength })));

export function Form({ sending, children, className }: { sending: Sending; children: ReactNode; className?: string }) {
  return (
    <>
      <Summary problem={sending.problem} />
      <form method="post" noValidate onSubmit={sending.send} aria-busy={sending.isBusy} className={className}>
        {children}
      </form>
    </>
  );
}

/** All that is wrong, in one place that gets the focus. */
export function Summary({ problem }: { problem: Problem | null }) {
  const { t } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) box.current?.focus();
  }, [problem]);
  if (!problem) return null;
  return (
    <div className="summary" tabIndex={-1} ref={box}>
      <div role="alert">
        <h2>{t("app.problem")}</h2>
        <ul>
          {problem.message && <li>{problem.message}</li>}
          {Object.entries(problem.fields).map(([name, words]) => (
            <li key={name}>
              <a href={`#${name}`} onClick={(event) => focusOn(name, event)}>
                {words}
              </a>
            </li>
          ))}
        </ul>
      </div>
      {problem.until !== undefined && <Wait key={problem.until} until={problem.until} />}
    </div>
  );
}

/** How long it is until something can be tried again; nobody has to hear every second of it. */
function Wait({ until }: { until: number }) {
  const { t } = useI18n();
  const [left, count] = useState(() => secondsTo(until));
  useEffect(() => {
    const timer = setInterval(() => count(secondsTo(until)), 1000);
    return () => clearInterval(timer);
  }, [until]);
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return <p role="timer">{left ? t("wait.left", { clock }) : t("wait.over")}</p>;
}

const secondsTo = (until: number): number => Math.max(Math.ceil((until - Date.now()) / 1000), 0);

function focusOn(id: string, event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById(id)?.focus();
}

interface FieldProps {
  name: string;
  label: string;
  sending: Sending;
  autoComplete: string;
  type?: string;
  hint?: string;
  value?: string;
}

export function Field({ name, label, sending, autoComplete, type = "text", hint, value }: FieldProps) {
  const problem = sending.problem?.fields[name];
  return (
    <div className={problem ? "field wrong" : "field"}>
      <label htmlFor={name}>{label}</label>
      <Told name={name} hint={hint} problem={problem} />
      <input
        id={name}
        name={name}
        type={type}
        defaultValue={value}
        autoComplete={autoComplete}
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={problem ? true : undefined}
        aria-describedby={described(name, hint, problem)}
      />
    </div>
  );
}

/** A password, which can be shown, is hidden again when it is sent, and tells of caps lock. */
export function PasswordField({ name, label, sending, autoComplete, hint }: Omit<FieldProps, "type" | "value">) {
  const { t, locale } = useI18n();
  const [isShown, show] = useState(false);
  const [caps, setCaps] = useState(false);
  const problem = sending.problem?.fields[name];
  const inSentence = locale === "en" ? label.toLowerCase() : label;
  const look = (event: KeyboardEvent | MouseEvent) => setCaps(event.getModifierState("CapsLock"));
  useEffect(() => {
    if (sending.isBusy) show(false);
  }, [sending.isBusy]);
  return (
    <div className={problem ? "field wrong" : "field"}>
      <label htmlFor={name}>{label}</label>
      <Told name={name} hint={hint} problem={problem} />
      <div className="secret">
        <input
          id={name}
          name={name}
          type={isShown ? "text" : "password"}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={problem ? true : undefined}
          aria-describedby={described(name, hint, problem)}
          onKeyUp={look}
          onMouseDown={look}
          onBlur={() => setCaps(false)}
        />
        <button
          type="button"
          className="show"
          aria-controls={name}
          aria-label={t(isShown ? "password.hideit" : "password.showit", { label: inSentence })}
          onClick={() => show(!isShown)}
        >
          {t(isShown ? "password.hide" : "password.show")}
        </button>
      </div>
      <p className="caps" role="status">
        {caps ? t("password.caps") : ""}
      </p>
      {autoComplete === "new-password" && (
        <Suspense fallback={<div className="strength" />}>
          <Strength of={name} />
        </Suspense>
      )}
    </div>
  );
}

export function Check({ name, label }: { name: string; label: string }) {
  const id = useId();
  return (
    <div className="check">
      <input id={id} name={name} type="checkbox" value="on" />
      <label htmlFor={id}>{label}</label>
    </div>
  );
}

export function Submit({ sending, children, kind = "" }: { sending: Sending; children: ReactNode; kind?: string }) {
  return (
    <button className={`button ${kind}`} type="submit" aria-disabled={sending.isBusy || undefined}>
      {children}
    </button>
  );
}

function Told({ name, hint, problem }: { name: string; hint?: string; problem?: string }) {
  const { t } = useI18n();
  return (
    <>
      {hint && (
        <p className="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className="problem" id={`${name}-problem`}>
          <span className="unseen">{t("app.error")}</span>
          {problem}
        </p>
      )}
    </>
  );
}

function described(name: string, hint?: string, problem?: string): string | undefined {
  const ids = [hint && `${name}-hint`, problem && `${name}-problem`].filter(Boolean);
  return ids.length ? ids.join(" ") : undefined;
}
