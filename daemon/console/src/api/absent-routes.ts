import { useSyncExternalStore } from "react";

/** So long a route counts as absent; what stands before the server may have been mended by then. */
const FORGOTTEN_MS = 300_000;

const listeners = new Set<() => void>();
let absent: ReadonlySet<string> = new Set();

function change(next: ReadonlySet<string>): void {
  absent = next;
  for (const listener of listeners) listener();
}

/** Notes a route that an answer says is not there: it is described, but a gateway or a plugin keeps it away. */
export async function noteAbsent(route: string, response: Response): Promise<void> {
  if (response.status !== 501 && response.status !== 404) return;
  if (response.status === 404 && (await tellsOfItem(response.clone()))) return;
  if (absent.has(route)) return;
  change(new Set([...absent, route]));
  setTimeout(() => change(new Set([...absent].filter((one) => one !== route))), FORGOTTEN_MS);
}

/** Tells whether an answer says of something that the route was asked for that there is none. */
async function tellsOfItem(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => undefined);
  return (
    typeof body === "object" && body !== null && "code" in body && "message" in body && body.message !== "Not Found"
  );
}

/** Routes, as they are described, that are not there. */
export function useAbsentRoutes(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => absent);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
