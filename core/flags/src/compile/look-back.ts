import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { TimeSlice } from "../parse/time-slice.js";
import type { BuildTools } from "./build-tools.js";
import { compileNamespace } from "./compile-namespace.js";
import { loadState } from "./load-state.js";
import type { NamespaceSnapshot } from "./snapshot.js";
import type { BuildInput } from "./snapshot-builder.js";
import { sortNamespaces } from "./sort-namespaces.js";

/** Namespaces and files looked for in an environment's past. */
export interface Sought {
  /** Namespaces without a good state. */
  readonly namespaces: Iterable<string>;
  /** Paths of faulty files: which namespaces each had when it was last good. */
  readonly files: Iterable<string>;
  /** Paths of all files that may have to do with either. */
  readonly paths: ReadonlySet<string>;
}

/** States found there. */
export interface Past {
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  /** Path of a faulty file → the namespaces it had when it was last good. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** The oldest state that something was taken from. */
  readonly revision: Oid | undefined;
}

/** Looks through older states, newest first, until everything is found. */
export async function lookBack(
  tools: BuildTools,
  input: BuildInput,
  sought: Sought,
  builtAt: number,
  slice: TimeSlice,
): Promise<Past> {
  const wanted = new Set(sought.namespaces);
  const open = new Set(sought.files);
  const namespaces = new Map<string, NamespaceSnapshot>();
  const files = new Map<string, readonly string[]>();
  let revision: Oid | undefined;
  if (input.olderStates === undefined) return { namespaces, files, revision };
  try {
    for await (const older of input.olderStates(sought.paths)) {
      input.signal?.throwIfAborted();
      if (slice.due) await slice.next();
      const state = await loadState(tools.cache, { ...input, files: older.files });
      for (const file of state.files) {
        if (!open.has(file.path) || file.parsed.faults.length > 0) continue;
        open.delete(file.path);
        files.set(file.path, file.namespaces);
        for (const key of file.namespaces) if (!namespaces.has(key)) wanted.add(key);
      }
      const sorted = sortNamespaces(state, () => []);
      for (const key of wanted) {
        const sources = sorted.get(key);
        if (sources === undefined || sources.badFiles.length > 0) continue;
        const result = await compileNamespace(sources.documents, builtAt, slice);
        if (!("namespace" in result)) continue;
        namespaces.set(key, result.namespace);
        wanted.delete(key);
        revision = older.revision;
      }
      if (wanted.size === 0 && open.size === 0) break;
    }
  } catch (error) {
    // A state whose files are gone from the store already: the past ends there.
    if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
  }
  return { namespaces, files, revision };
}
