import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { blobId } from "@vexil/git/objects/object-id";
import type { Oid } from "@vexil/plugin-api";
import { collectFiles } from "../validate/collect-files.js";

/** Files of a directory that are to be built. */
export interface WorkTreeFiles {
  /** Where they lie. */
  readonly root: string;
  /** The same place within the repository; `""`: its root, or there is none. */
  readonly directory: string;
  readonly environment: string;
  readonly builder: SnapshotBuilder;
  /** The state that is checked out; undefined: there is none. */
  readonly committed: Snapshot | undefined;
  readonly signal: AbortSignal;
}

/** Revision of what is not committed. */
export const UNCOMMITTED: Oid = "0".repeat(40);

/** Builds the files of a directory as they are now; namespaces whose file is faulty stay as they are committed. */
export async function workTreeSnapshot(from: WorkTreeFiles): Promise<Snapshot> {
  const { root, directory, environment, builder, committed, signal } = from;
  const sets = await collectFiles([root], DEFAULT_FEATURE_LIMITS.fileBytes);
  const contents = new Map<Oid, Uint8Array>();
  const files = new Map<string, Oid>();
  for (const [path, { bytes }] of sets.flatMap((set) => [...set.files])) {
    const oid = blobId(bytes);
    contents.set(oid, bytes);
    files.set(directory === "" ? path : `${directory}/${path}`, oid);
  }
  const input = {
    environment,
    storage: "local",
    revision: UNCOMMITTED,
    directory,
    files,
    read: async (oids: readonly Oid[]) => new Map(oids.map((oid) => [oid, contents.get(oid) ?? new Uint8Array()])),
    limits: DEFAULT_FEATURE_LIMITS,
    previous: committed,
    signal,
  };
  return (await builder.buildPast(input, UNCOMMITTED)).snapshot;
}
