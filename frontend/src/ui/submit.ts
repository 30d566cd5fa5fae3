/** Sending a form: busy meanwhile, and what was refused beside the fields that it belongs to. */
import { type FormEvent, useEffect, useRef, useState } from "react";

import { failure, type Failure } from "../api/client";
import { useI18n } from "../i18n";
import type { Key } from "../i18n/en";

export interface Problem {
  /** What is wrong as a whole; empty where it is said beside the fields. */
  message: string;
  fields: Record<string, string>;
  /** From when on it can be tried again, in milliseconds since 1970, where that is known. */
  until?: number;
}

export interface Sending {
  problem: Problem | null;
  isBusy: boolean;
  send: (event: FormEvent<HTMLFormElement>) => void;
}

/** Which field a refusal is about, where the API does not name one. */
const FIELDS: Record<string, string> = {
  username_taken: "username",
  email_taken: "email",
  wrong_password: "current_password",
};

/** Send what is filled in; `required` fields that are empty are told of without asking the server. */
export function useSending(
  act: (fields: Record<string, string>) => Promise<unknown>,
  required: string[] = [],
): Sending {
  const { t } = useI18n();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  async function run(form: HTMLFormElement): Promise<void> {
    const fields = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, String(value)]),
    );
    const empty = required.filter((name) => !fields[name]);
    if (empty.length) {
      const told = empty.map((name) => [name, t("error.missing", { label: labelOf(name, form) })]);
      setProblem({ message: "", fields: Object.fromEntries(told) });
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      await act(fields);
    } catch (error) {
      if (isHere.current) setProblem(problemOf(failure(error), new Set(Object.keys(fields)), (key) => t(key)));
    } finally {
      if (isHere.current) setBusy(false);
    }
  }

  return {
    problem,
    isBusy,
    send: (event) => {
      event.preventDefault();
      if (!isBusy) void run(event.currentTarget);
    },
  };
}

/** What a field is called, as people read it. */
function labelOf(name: string, form: HTMLFormElement): string {
  return form.querySelector(`label[for="${name}"]`)?.textContent ?? name;
}

/** Put a refusal into words, in the language of the app where it has them. */
export function told(error: Failure, t: (key: Key) => string): string {
  const key = `error.${error.error}` as Key;
  return t(key) || error.message;
}

function problemOf(error: Failure, names: Set<string>, t: (key: Key) => string): Problem {
  const fields: Record<string, string> = {};
  for (const [name, problems] of Object.entries(error.fields ?? {})) {
    if (names.has(name)) fields[name] = problems.join(" ");
  }
  if (Object.keys(fields).length) return { message: "", fields };
  const about = FIELDS[error.error];
  const field = about && (names.has(about) ? about : about === "current_password" ? "password" : undefined);
  return field && names.has(field)
    ? { message: "", fields: { [field]: told(error, t) } }
    : { message: told(error, t), fields, until: error.retry_after && Date.now() + error.retry_after * 1000 };
}
