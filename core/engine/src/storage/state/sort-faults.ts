import type { Quarantined } from "@vexil/flags/compile/snapshot";

/** Faults of files, and the files of which nothing is known yet. */
export interface SortedFaults {
  readonly quarantined: readonly Quarantined[];
  /** Paths of files that have not been read yet; nothing is known to be wrong with them. */
  readonly unread: readonly string[];
}

/** Tells files with faults from those that are only waiting to be read. */
export function sortFaults(faults: readonly Quarantined[]): SortedFaults {
  const quarantined: Quarantined[] = [];
  const unread = new Set<string>();
  for (const fault of faults) {
    if (fault.unread === true) unread.add(fault.file);
    else quarantined.push(fault);
  }
  return { quarantined, unread: [...unread] };
}
