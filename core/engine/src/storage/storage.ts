import type { StorageConfig } from "@vexil/config/config";
import type { Oid } from "@vexil/plugin-api";
import type { SyncEvent } from "../model/events.js";

/** Whose work a step is. */
export interface Correlation {
  /** Joins the log lines of one poll, request or tick. */
  readonly correlationId: string;
  /** All the requests whose work it is, where there are several. */
  readonly correlationIds?: readonly string[];
}

/** What every step gets from the pipeline. */
export interface StepContext extends Correlation {
  readonly signal: AbortSignal;
}

/** What a download found. Objects and remote-tracking refs are stored; no branch has moved yet. */
export interface Download {
  /** The remote's heads that matter, by short branch name. */
  readonly heads: ReadonlyMap<string, Oid>;
  /** Where the remote-tracking refs stood before, by short branch name. */
  readonly previous: ReadonlyMap<string, Oid>;
  readonly changed: boolean;
  readonly bytes: number;
  readonly durationMs: number;
  /** The first commit that an empty remote was given by this download. */
  readonly seeded?: Oid;
}

/**
 * One storage: a backend, perhaps a remote, and the environments it serves. The steps run one at a time in the
 * storage's lane, but for `download`, which only touches objects and remote-tracking refs and runs beside them.
 * Each rejects with VexilError; the events it resolves to are what it did.
 */
export interface Storage {
  readonly id: string;
  readonly config: StorageConfig;
  readonly hasRemote: boolean;
  /** Serves what the backend holds. Resolves to whether there was anything to serve. */
  openState(context: StepContext): Promise<{ readonly served: boolean; readonly events: readonly SyncEvent[] }>;
  download(context: StepContext): Promise<Download>;
  /** Moves the branches to what was downloaded, and serves them. */
  advance(download: Download, context: StepContext): Promise<readonly SyncEvent[]>;
  /** Looks at the backend anew and serves what changed there. */
  rebuild(context: StepContext): Promise<readonly SyncEvent[]>;
  watch(changed: () => void, signal: AbortSignal): void;
  close(): Promise<void>;
}
