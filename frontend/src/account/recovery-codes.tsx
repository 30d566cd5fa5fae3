/** Recovery codes, as they are shown this once: to be copied, or kept as a file. */
import { useState } from "react";

import { useI18n } from "../i18n";
import { Page } from "../ui/page";
import { Tabs } from "./tabs";

interface Props {
  said: string;
  codes: string[];
  onSaved: () => void;
}

export function RecoveryCodes({ said, codes, onSaved }: Props) {
  const { t } = useI18n();
  const [copied, tell] = useState("");
  const text = codes.join("\n") + "\n";
  const copy = (): void => void navigator.clipboard.writeText(text).then(() => tell(t("codes.copied")), () => tell(t("codes.notcopied")));
  return (
    <Page isWide title={t("factors.codes")} before={<Tabs />}>
      <div role="status">
        <p className="status">{said}</p>
        {copied && <p className="status">{copied}</p>}
      </div>
      <p>{t("codes.text")}</p>
      <ul className="codes">
        {codes.map((code) => <li key={code}><code>{code}</code></li>)}
      </ul>
      <p className="actions">
        <button type="button" className="button quiet" onClick={copy}>{t("codes.copy")}</button>
        <a className="button quiet" download="lictor-recovery-codes.txt" href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}>{t("codes.download")}</a>
        <button type="button" className="button" onClick={onSaved}>{t("codes.saved")}</button>
      </p>
    </Page>
  );
}
