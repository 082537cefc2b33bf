import { posix } from "node:path";
import type { Snapshot } from "@vexil/flags/compile/snapshot";

/** Folders that look like those of several environments, although a directory stands for one. */
export interface TwinFolders {
  readonly namespace: string;
  /** Where it is written, in load order: what the last one defines counts. */
  readonly folders: readonly [string, string];
}

/**
 * Finds a namespace that folders of the same name in different places define, such as `production/shop` and
 * `staging/shop`: one hides the flags of the other, so that what is told of the directory may be true of neither.
 */
export function twinFolders({ files }: Pick<Snapshot, "files">): TwinFolders | undefined {
  const known = new Map<string, string>();
  for (const [path, { namespaces }] of files) {
    const folder = posix.dirname(path);
    for (const namespace of namespaces) {
      const key = `${namespace}/${posix.basename(folder)}`;
      const other = known.get(key);
      if (other !== undefined && other !== folder) return { namespace, folders: [other, folder] };
      known.set(key, folder);
    }
  }
  return undefined;
}

/** Says what was found, and what to do. */
export function twinText({ namespace, folders: [first, last] }: TwinFolders): string {
  return (
    `namespace ${namespace} is written in ${first} and in ${last}, and the last one counts, as a directory stands for ` +
    `one environment; if there are several in it, name the directory of one, such as ${posix.dirname(first)}`
  );
}
