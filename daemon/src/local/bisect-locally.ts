import { bisect } from "@vexil/engine/storage/past/bisect";
import { type BisectRequest, progressText } from "../client/ask-bisect.js";
import { Progress } from "../client/progress.js";
import { type ShownBisect, shownBisect } from "../http/past/shown-bisect.js";
import { openLocal } from "./local-source.js";

/**
 * Searches the history of the clone that a directory lies in, as a daemon would that serves it.
 * @throws VexilError VEXIL_NOT_FOUND; VEXIL_VALIDATION_REQUEST; VEXIL_UNAVAILABLE_REPOSITORY
 */
export async function bisectLocally(
  directory: string,
  environment: string | undefined,
  request: BisectRequest,
): Promise<ShownBisect> {
  const source = await openLocal(directory, environment);
  const progress = new Progress();
  try {
    const {
      namespaceKey: namespace,
      flagKey: flag,
      limit = Number.POSITIVE_INFINITY,
      explain = true,
      ...asked
    } = request;
    const { all = false, fullHistory = false } = asked;
    const query = { ...asked, environment: source.environment, namespace, flag, all, fullHistory };
    let count = 0;
    const isEnough = (): boolean => {
      count += 1;
      return count >= limit;
    };
    const { signal } = new AbortController();
    const found = await bisect(source.past, query, {
      signal,
      explain,
      isEnough,
      progress: (seen) => progress.show(progressText(seen)),
    });
    const shown = await shownBisect(source, source.environment, found);
    // A result as the daemon's, where it goes over the wire.
    return JSON.parse(JSON.stringify(shown)) as ShownBisect;
  } finally {
    progress.end();
    await source.close();
  }
}
