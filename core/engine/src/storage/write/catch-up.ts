import { endOfHurry } from "@vexil/flags/compile/patience";
import type { SyncEvent } from "../../model/events.js";
import type { GitStorage } from "../git-storage.js";
import type { InLane } from "../in-lane.js";
import type { Correlation } from "../step-context.js";

/**
 * Fetches and serves the remote's head, so that what comes next is decided on it.
 * @param signal ends the download
 */
export async function catchUp(
  { fetches: { fetcher, follower } }: GitStorage,
  inLane: InLane,
  correlation: Correlation,
  signal: AbortSignal,
  tell: (events: readonly SyncEvent[]) => void,
): Promise<void> {
  const download = await fetcher.download({ signal, ...correlation });
  await inLane(
    async (step) => tell(await follower.advance(download, { ...step, hurriedUntil: endOfHurry() })),
    correlation,
  );
}
