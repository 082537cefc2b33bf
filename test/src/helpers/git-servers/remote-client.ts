import { setMaxListeners } from "node:events";
import { openRemote, type RemoteOptions } from "@vexil/git/remote/open-remote";
import type { FetchRequest, FetchResult, Remote } from "@vexil/git/remote/remote";
import type { GitObject, Logger } from "@vexil/plugin-api";
import type { Scope } from "../files/temporary-directory.js";

export const silentLogger: Logger = { log: () => {}, child: () => silentLogger };

/** Long enough for a loaded machine; tests of deadlines bring their own. */
export const TIMEOUTS = { connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 120_000, pushMs: 120_000 };

export function openTestRemote(scope: Scope, url: string, options: Partial<RemoteOptions> = {}): Remote {
  const remote = openRemote({
    url,
    storage: "main",
    credential: undefined,
    timeouts: TIMEOUTS,
    packBytes: 512e6,
    tls: { insecureSkipTls: false },
    logger: silentLogger,
    ...options,
  });
  scope.teardown(() => remote.close());
  return remote;
}

/** A signal that nobody aborts. */
export const never: AbortSignal = new AbortController().signal;
setMaxListeners(0, never);

/** Fetches with the defaults of a first load: depth 1, nothing here yet. */
export function fetchFrom(
  remote: Remote,
  request: Pick<FetchRequest, "wants"> & Partial<FetchRequest>,
): Promise<Fetched> {
  const defaults = { haves: [], shallow: [], depth: 1, readBase: async () => new Map() };
  return fetchAll(remote, { ...defaults, ...request });
}

/** A fetch with its objects. */
export type Fetched = FetchResult & { readonly objects: readonly GitObject[] };

/** Fetches, and collects the objects. */
export async function fetchAll(remote: Remote, request: Omit<FetchRequest, "store">): Promise<Fetched> {
  const objects: GitObject[] = [];
  const store: FetchRequest["store"] = async (lot) => void objects.push(...lot);
  return { ...(await remote.fetch({ ...request, store }, never)), objects };
}
