import { homedir, hostname } from "node:os";
import { join } from "node:path";
import type { StorageConfig } from "@vexil/config/config";
import type { Backend, Logger } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import type { SnapshotReader } from "../../model/snapshot-reader.js";
import { logEvent } from "../../observe/catalogue.js";
import { ServedJournal } from "./served-journal.js";

/** Surroundings of a storage's journal. */
export interface JournalPlace {
  readonly storage: Pick<StorageConfig, "id" | "journal">;
  readonly backend: Pick<Backend, "directory">;
  readonly isDurable: boolean;
  /** Mark of this daemon. */
  readonly instance: string;
  readonly clock: Clock;
  readonly snapshots: SnapshotReader;
  readonly logger: Logger;
}

const NAME = "served.jsonl";

/** Opens the journal of a storage; undefined where none is kept. */
export async function openJournal(place: JournalPlace): Promise<ServedJournal | undefined> {
  const { storage, backend, isDurable, instance, clock, snapshots, logger } = place;
  const { journal } = storage;
  if (journal === undefined || !(journal.enabled ?? isDurable)) return undefined;
  const own = `${encodeURIComponent(storage.id)}.${NAME}`;
  const beside = backend.directory === undefined ? join(stateDirectory(), own) : join(backend.directory, NAME);
  const path = journal.path === undefined ? beside : join(journal.path, own);
  let isTold = false;
  const failed = (error: unknown): void => {
    // Once: each state that is served would fail in the same way.
    if (isTold) return;
    isTold = true;
    const reason = error instanceof Error ? error.message : String(error);
    logEvent(logger, "journal.failed", { storage: storage.id, path, reason });
  };
  const daemon = `${hostname()}/${instance.slice(0, 8)}`;
  const { bytes, retentionMs } = journal;
  return ServedJournal.open({ storage: storage.id, path, bytes, retentionMs, daemon, clock, snapshots, failed });
}

/** Directory for what daemons keep beside their storages: the service manager's, else the user's. */
function stateDirectory(): string {
  const managed = process.env.STATE_DIRECTORY?.split(":")[0];
  const base = managed || join(process.env.XDG_STATE_HOME || join(homedir(), ".local", "state"), "vexil");
  return join(base, "history");
}
