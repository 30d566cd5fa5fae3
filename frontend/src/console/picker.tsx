/** A list to choose several from, with a search above it. */
import { type ReactNode, useId } from "react";

import { useI18n } from "../i18n";

export interface Choosable {
  id: string;
  name: string;
  hint?: string;
}

interface PickerProps {
  label: string;
  search: string;
  onSearch: (text: string) => void;
  items: Choosable[];
  chosen: ReadonlySet<string>;
  onToggle: (item: Choosable) => void;
  /** What is said in place of the list. */
  children?: ReactNode;
}

export function Picker({ label, search, onSearch, items, chosen, onToggle, children }: PickerProps) {
  const { t } = useI18n();
  const id = useId();
  return (
    <fieldset className="picker">
      <legend>{label}</legend>
      <label className="unseen" htmlFor={id}>{t("console.search")}</label>
      <input
        id={id}
        type="search"
        placeholder={t("console.search")}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={search}
        onChange={(event) => onSearch(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      />
      <p className="hint" role="status">
        {t(chosen.size === 1 ? "console.chosen1" : "console.chosen", { count: chosen.size })}
      </p>
      {children ?? (
        <ul>
          {items.map((item) => (
            <li key={item.id} className="check">
              <input id={`${id}-${item.id}`} type="checkbox" checked={chosen.has(item.id)} onChange={() => onToggle(item)} />
              <label htmlFor={`${id}-${item.id}`}>
                {item.name} {item.hint && <span className="hint">{item.hint}</span>}
              </label>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}

/** A set with one member more or less. */
export function toggled<T>(set: ReadonlySet<T>, one: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}
