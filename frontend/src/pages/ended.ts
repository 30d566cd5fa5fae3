import { API } from "../api/session";

/** End the session of a token that an answer brought along, and that nobody keeps: one signs in with the password. */
export async function endOf(token: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`${API}/api/logout`, { method: "POST", headers }).catch(() => undefined);
}
