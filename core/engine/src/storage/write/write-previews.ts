import { firstValueFrom } from "rxjs";
import type { SyncEvent } from "../../model/events.js";
import type { WritePreview } from "../../model/write-preview.js";
import { fromAbortable } from "../../operators/from-abortable.js";
import { oneAtATime } from "../../operators/one-at-a-time.js";
import type { GitStorage } from "../git-storage.js";
import type { InLane } from "../in-lane.js";
import { catchUp } from "./catch-up.js";
import { correlationOf } from "./correlation.js";
import type { PendingWrite } from "./prepared-writes.js";

/** Previews of writes to a storage, one at a time: however many are asked for, a write waits for one of them at most. */
export class WritePreviews {
  readonly #storage: GitStorage;
  readonly #inLane: InLane;
  readonly #tell: (events: readonly SyncEvent[]) => void;
  readonly #alone = oneAtATime();
  #waiting = 0;

  /** @param tell takes what looking at the branch anew has made happen */
  constructor(storage: GitStorage, inLane: InLane, tell: (events: readonly SyncEvent[]) => void) {
    this.#storage = storage;
    this.#inLane = inLane;
    this.#tell = tell;
  }

  /** Previews that wait or are under way. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @throws VexilError as the write would be answered; the signal's reason once that aborts */
  async of(write: PendingWrite, signal: AbortSignal): Promise<WritePreview> {
    this.#waiting += 1;
    try {
      return await firstValueFrom(this.#alone(fromAbortable(() => this.#of(write, signal))));
    } finally {
      this.#waiting -= 1;
    }
  }

  async #of(write: PendingWrite, signal: AbortSignal): Promise<WritePreview> {
    const known = await this.#prepared(write, signal);
    if (known !== undefined) return known;
    // It names a revision that may not be fetched yet. Without the remote it is decided on what is known.
    const correlation = correlationOf([write]);
    await catchUp(this.#storage, this.#inLane, correlation, signal, this.#tell).catch(() => undefined);
    return (await this.#prepared({ ...write, caughtUp: true }, signal)) as WritePreview;
  }

  /** @returns undefined where the remote may know better */
  async #prepared(write: PendingWrite, signal: AbortSignal): Promise<WritePreview | undefined> {
    signal.throwIfAborted();
    return this.#inLane(
      async (context) => {
        signal.throwIfAborted();
        const step = { ...context, signal: AbortSignal.any([context.signal, signal]) };
        return this.#storage.writes.preparation.preview(write, step, this.#tell);
      },
      correlationOf([write]),
    );
  }
}
