import { createRequire } from "node:module";
import { importPlugin } from "@vexil/engine/plugins/import-plugin";
import { resolvePlugin } from "@vexil/engine/plugins/resolve-plugin";
import type { Backend, Logger, Oid } from "@vexil/plugin-api";

/** A repository that is only looked at: nothing is locked or made, and other programs may work on it. */
export interface ReadOnlyRepository {
  /** Refuses every write. */
  readonly backend: Backend;
  /** Where the directory lies within the work tree; `""`: at its root. */
  readonly directory: string;
  /** Short name of the branch that is checked out; undefined: none is. */
  readonly branch: string | undefined;
  /** The commit that is checked out; undefined: there is none yet. */
  readonly head: Oid | undefined;
}

/** Part of the bundled backend for repositories on disk that commands need. */
interface ReadOnlyModule {
  openReadOnly(path: string, logger: Logger): ReadOnlyRepository | undefined;
}

const silent: Logger = { log: () => undefined, child: () => silent };

/**
 * Opens the repository that a directory lies in.
 * @returns undefined where there is none
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY
 */
export async function openRepositoryAt(path: string): Promise<ReadOnlyRepository | undefined> {
  const places = { configDirectory: path, pluginDirectory: undefined, bundledFrom: new URL(import.meta.url) };
  const plugin = resolvePlugin("backend", "local", places);
  const specifier = `${plugin.package}/read-only`;
  const read = await importPlugin(specifier, createRequire(plugin.file).resolve(specifier));
  const { openReadOnly } = read as unknown as ReadOnlyModule;
  return openReadOnly(path, silent);
}
