/** Who is signed in, for the pages: kept fresh, so that a role which is given or withdrawn shows without a reload. */
import { QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { api, data, type Failure, find, reach } from "./api/client";
import type { paths } from "./api/schema";
import { current, onChange, subscribe } from "./api/session";

export type Me = paths["/api/me"]["get"]["responses"][200]["content"]["application/json"]["user"];

/** How often, in milliseconds, the roles are asked for: while somebody is there, and while nobody seems to be. */
const SOON = 1500;
const LATER = 30_000;
const THERE_FOR = 5 * 60_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      staleTime: 10_000,
      retry: (count, error) => (error as unknown as Failure).error === "unreachable" && count < 1,
    },
    mutations: { networkMode: "always" },
  },
});

/** What is said to whoever has just left for good: they are led home, and not to where one signs in. */
export const farewell: { said: string | null } = { said: null };

let lastSeen = Date.now();
if (typeof window !== "undefined") {
  for (const kind of ["pointerdown", "pointermove", "keydown", "focus"]) {
    window.addEventListener(kind, () => (lastSeen = Date.now()), { passive: true });
  }
}

// Whoever signs out, or in as someone else, leaves nothing of what was loaded before.
let wasIn = false;
subscribe(() => {
  const isIn = current().state === "in";
  if (wasIn && !isIn) queries.clear();
  wasIn = isIn;
});
onChange(() => void queries.invalidateQueries());

export function useSession() {
  const session = useSyncExternalStore(subscribe, current);
  useEffect(() => {
    if (session.state !== "unknown") return;
    let isHere = true;
    const ask = () => isHere && void find().catch(() => isHere && setTimeout(ask, SOON));
    ask();
    return () => {
      isHere = false;
    };
  }, [session.state]);
  return session;
}

export function useMe() {
  const session = useSession();
  return useQuery({
    queryKey: ["me"],
    queryFn: async () => (await data(api.GET("/api/me"))).user,
    enabled: session.state === "in",
    refetchInterval: () => (document.visibilityState === "visible" && isSomebodyThere() ? SOON : LATER),
    refetchIntervalInBackground: true,
  });
}

/** Whether the server can be reached. */
export function useReach(): boolean {
  return useSyncExternalStore(
    (heard) => {
      reach.listeners.add(heard);
      return () => reach.listeners.delete(heard);
    },
    () => reach.ok,
  );
}

/** Seconds, counted down to zero. */
export function useCountdown(from: number): [number, () => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!left) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, () => setLeft(from)];
}

const isSomebodyThere = (): boolean => Date.now() - lastSeen < THERE_FOR;
