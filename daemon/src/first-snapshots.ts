import type { OpenedStorage } from "@vexil/engine/first-try";
import type { SyncEvent } from "@vexil/engine/model/events";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import { firstValueFrom, type Observable, startWith } from "rxjs";
import { filter } from "rxjs/operators";

/**
 * Resolves when every storage has a snapshot, or its first try has ended: earlier than that there is nothing to tell
 * clients, and nobody should be sent here. Rejects with what stops the start.
 */
export async function firstSnapshots(
  opened: ReadonlyMap<string, OpenedStorage>,
  status: StatusReader,
  events$: Observable<SyncEvent>,
): Promise<void> {
  await Promise.all(
    [...opened].map(([id, { settled }]) => Promise.race([settled, firstSnapshot(id, status, events$)])),
  );
}

async function firstSnapshot(id: string, status: StatusReader, events$: Observable<SyncEvent>): Promise<void> {
  const has = (): boolean => status.summaries().some((storage) => storage.id === id && storage.hasSnapshot);
  await firstValueFrom(events$.pipe(startWith(undefined), filter(has)), { defaultValue: undefined });
}

/** Resolves when all of some storages have come so far; rejects when one will not. */
export async function allOf(opened: readonly OpenedStorage[], which: "serving" | "settled"): Promise<void> {
  await Promise.all(opened.map((storage) => storage[which]));
}
