import type { ShownBisect } from "../http/past/shown-bisect.js";
import type { ApiClient } from "./api-client.js";
import { RefusedError } from "./client-errors.js";
import { Progress } from "./progress.js";

/** A question to a history: the body of `POST …/bisect`. */
export interface BisectRequest {
  readonly namespaceKey: string;
  readonly flagKey: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly to?: string;
  readonly expect?: string;
  readonly all?: boolean;
  readonly unchanged?: boolean;
  readonly fullHistory?: boolean;
  /** With `to`: where another search ended. */
  readonly skip?: number;
  readonly explain?: boolean;
  /** Changes that are wanted at most. */
  readonly limit?: number;
}

/** A daemon is asked piece by piece, so that users see how far it is and no deadline ends a long search. */
const PIECE_MS = 2_000;

/** Asks a daemon until it has looked at all that there is, or has found what is wanted. */
export async function askBisect(client: ApiClient, path: string, request: BisectRequest): Promise<ShownBisect> {
  const { limit = Number.POSITIVE_INFINITY, ...question } = request;
  const found: ShownBisect = { changes: [], commits: 0, evaluated: 0, complete: true, known: false };
  const progress = new Progress();
  progress.show("looking through the history");
  // Where a merge is looked into, a search cannot go on where another one ended.
  const isWhole = request.fullHistory === true && request.all !== true;
  try {
    for (let place: Pick<BisectRequest, "to" | "skip"> = {}; ; ) {
      const left = limit - found.changes.length;
      const bounds = { ...(isWhole ? {} : { timeoutMillis: PIECE_MS }), ...(left <= 200 ? { limit: left } : {}) };
      const body = { ...question, ...bounds, ...place };
      add(found, (await client.ask("POST", `${path}/bisect`, body)) as ShownBisect);
      progress.show(progressText(found));
      const isFound = request.all === true ? found.changes.length >= limit : found.changes.length > 0;
      if (found.next === undefined || isFound) return found;
      place = { to: found.next, ...(found.skip === undefined ? {} : { skip: found.skip }) };
    }
  } finally {
    progress.end();
  }
}

/** @throws RefusedError where there is no such flag: that nothing changed would say as little as a misspelt name */
export function requireFlag({ namespaceKey, flagKey }: BisectRequest, { known, next }: ShownBisect): void {
  if (known || next !== undefined) return;
  throw new RefusedError(`flag "${namespaceKey}/${flagKey}" not found, now or before`);
}

export function progressText({ commits, evaluated }: Pick<ShownBisect, "commits" | "evaluated">): string {
  return `${commits} commits looked at, ${evaluated} states evaluated`;
}

function add(found: ShownBisect, { changes, commits, evaluated, complete, known, next, skip }: ShownBisect): void {
  found.changes.push(...changes);
  found.commits += commits;
  found.evaluated += evaluated;
  found.complete = complete;
  found.known ||= known;
  if (next === undefined) delete found.next;
  else found.next = next;
  if (skip === undefined) delete found.skip;
  else found.skip = skip;
}
