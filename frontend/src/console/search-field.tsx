import { useEffect, useId, useRef, useState } from "react";

import { useI18n } from "../i18n";
import { prefer, preference } from "../preference";

/** Milliseconds without a keystroke, after which is searched. */
const PAUSE = 300;
const KEPT = "lictor.slash";

/** A search that waits until nobody types. */
export function SearchField({ asked, onSearch }: { asked: string; onSearch: (text: string) => void }) {
  const { t } = useI18n();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(asked);
  const sent = useRef(asked);
  const send = useRef(onSearch);
  send.current = onSearch;

  useEffect(() => {
    // What comes back from here is not to overwrite what is being typed; what comes by Back or a link is.
    if (asked !== sent.current) setText(asked);
    sent.current = asked;
  }, [asked]);

  useEffect(() => {
    const next = text.trim();
    if (next === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = next;
      send.current(next);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);

  const slash = useSlash(() => field.current?.focus());

  return (
    <div className="grow">
      <div className="labels">
        <label htmlFor={id}>{t("console.searchpeople")}</label>
        <button type="button" className="key" aria-pressed={slash.isOn} title={t("console.slash")} onClick={slash.toggle}>
          <span className="unseen">{t("console.slash")}</span>
          <kbd aria-hidden="true">/</kbd>
        </button>
      </div>
      <input
        id={id}
        ref={field}
        type="search"
        aria-keyshortcuts={slash.isOn ? "/" : undefined}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={255}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

/**
 * The key `/`, which does something from wherever nothing is typed into. Whoever speaks to their computer, or types by
 * mistake, can switch it off (WCAG 2.1.4).
 */
function useSlash(act: () => void): { isOn: boolean; toggle: () => void } {
  const [isOn, turn] = useState(preference(KEPT) !== "off");
  const acting = useRef(act);
  acting.current = act;

  useEffect(() => {
    if (!isOn) return;
    const listen = (event: KeyboardEvent) => {
      const isWritten = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), textarea, select");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWritten) return;
      if (document.querySelector("dialog[open]")) return;
      event.preventDefault();
      acting.current();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [isOn]);

  function toggle(): void {
    prefer(KEPT, isOn ? "off" : "on");
    turn(!isOn);
  }

  return { isOn, toggle };
}
