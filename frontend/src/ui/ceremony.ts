/** Ceremonies: a browser makes a passkey, or lets one sign, with the options that the API gave (WebAuthn Level 3). */
import { api, data, type Failure } from "../api/client";

export type Options = Record<string, unknown>;
export interface Signed {
  ticket: string;
  assertion: Options;
}

/** Whether this browser has passkeys. It has none where the page came over plain HTTP from another computer. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** A browser has one ceremony at a time: the one that waits in the autofill gives way. */
let running = new AbortController();

export function stop(): void {
  running.abort();
}

/** Make a passkey, and return it as the API wants it. Throws a Failure where there was none. */
export async function make(options: Options): Promise<Options> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON);
  return told(await held((signal) => navigator.credentials.create({ publicKey, signal })));
}

/** Let a passkey sign; `conditional` waits until one is chosen in the autofill of a field. Throws a Failure. */
export async function sign(options: Options, mediation: CredentialMediationRequirement = "optional"): Promise<Options> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
  return told(await held((signal) => navigator.credentials.get({ publicKey, mediation, signal })));
}

/** Let any passkey of this browser sign that somebody signs in. */
export async function signAsAnyone(mediation?: CredentialMediationRequirement): Promise<Signed> {
  const { ticket, options } = await data(api.POST("/api/login/passkey/options"));
  return { ticket, assertion: await sign(options, mediation) };
}

async function held(ceremony: (signal: AbortSignal) => Promise<Credential | null>): Promise<Credential | null> {
  stop();
  running = new AbortController();
  try {
    return await ceremony(running.signal);
  } catch (error) {
    const isKnown = error instanceof DOMException && error.name === "InvalidStateError";
    throw { error: isKnown ? "known_passkey" : "no_passkey", message: String(error) } satisfies Failure;
  }
}

function told(credential: Credential | null): Options {
  if (!credential) throw { error: "no_passkey", message: "" } satisfies Failure;
  return (credential as PublicKeyCredential).toJSON() as unknown as Options;
}
