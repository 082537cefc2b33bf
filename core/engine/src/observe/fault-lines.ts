import type { LogFields, Logger } from "@vexil/plugin-api";
import type { MissingDirectory } from "../storage/state/missing-directory.js";
import type { SortedFaults } from "../storage/state/sort-faults.js";
import type { UnservedNamespace } from "../storage/state/unserved-namespaces.js";
import { logEvent } from "./catalogue.js";

/** Lines of one kind that are written for one event: a hostile commit has faults by the ten thousand. */
export const MOST_LINES = 200;

/** Lines about what is not served, or served in an older state: each is written when it begins, not while it lasts. */
export class FaultLines {
  readonly #logger: Logger;
  /** Namespaces without a good version. */
  readonly #lost = new Map<string, ReadonlySet<string>>();
  /** Environments whose directory is not there. */
  readonly #directories = new Map<string, ReadonlySet<string>>();
  /** Faults by storage and branch. */
  readonly #quarantined = new Map<string, Map<string, ReadonlySet<string>>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Each fault of a file is told once for as long as it is there. One that has changed and has not been read yet is
   * taken for what it was.
   */
  quarantine(storage: string, branch: string, { quarantined, unread }: SortedFaults, base: LogFields): void {
    const branches = this.#quarantined.get(storage) ?? new Map<string, ReadonlySet<string>>();
    const before = branches.get(branch) ?? new Set();
    const now = new Set<string>();
    const fresh: LogFields[] = [];
    for (const fault of quarantined) {
      // What fails of tests is told case by case.
      if (fault.test === true) continue;
      const key = JSON.stringify([fault.file, fault.line, fault.reason, fault.namespace]);
      now.add(key);
      if (before.has(key)) continue;
      fresh.push({
        file: fault.file,
        ...(fault.line === undefined ? {} : { line: fault.line }),
        ...(fault.column === undefined ? {} : { column: fault.column }),
        namespace: fault.namespace,
        reason: fault.reason,
        revision: fault.revision,
      });
    }
    const waiting = new Set(unread);
    for (const key of waiting.size === 0 ? [] : before) if (waiting.has(fileOf(key))) now.add(key);
    this.#tell("features.quarantined", fresh, base);
    if (now.size > 0) branches.set(branch, now);
    else branches.delete(branch);
    this.#quarantined.set(storage, branches);
    if (before.size > 0 && branches.size === 0) {
      logEvent(this.#logger, "features.recovered", base);
    }
  }

  /**
   * Each namespace is told when its start waits no longer for its past to be searched, and once more when that ends
   * later without a result.
   */
  unserved(
    storage: string,
    { unserved, omitted }: { readonly unserved: readonly UnservedNamespace[]; readonly omitted: number },
    base: LogFields,
  ): void {
    const before = this.#lost.get(storage) ?? new Set();
    const lost = new Set<string>();
    const fresh: LogFields[] = [];
    for (const { environment, namespace, searching, unfinished } of unserved) {
      if (searching) continue;
      const key = JSON.stringify([environment, namespace, unfinished]);
      lost.add(key);
      if (before.has(key)) continue;
      fresh.push({ environment, namespace, ...(unfinished ? { searching: true } : {}) });
    }
    this.#tell("namespace.unserved", fresh, base, fresh.length === 0 ? 0 : omitted);
    this.#lost.set(storage, lost);
  }

  /** Each directory is told once for as long as it is not there. */
  missing(storage: string, missing: readonly MissingDirectory[], base: LogFields): void {
    const before = this.#directories.get(storage) ?? new Set();
    for (const { environment, directory, branch, reason } of missing) {
      if (before.has(environment)) continue;
      logEvent(this.#logger, "directory.missing", { ...base, environment, directory, branch, reason });
    }
    this.#directories.set(storage, new Set(missing.map(({ environment }) => environment)));
  }

  /** Writes a line for each, as far as one event may have lines, and one for all the others. */
  #tell(
    event: "features.quarantined" | "namespace.unserved",
    lines: readonly LogFields[],
    base: LogFields,
    more = 0,
  ): void {
    for (const fields of lines.slice(0, MOST_LINES)) logEvent(this.#logger, event, { ...base, ...fields });
    const count = Math.max(0, lines.length - MOST_LINES) + more;
    if (count > 0) logEvent(this.#logger, "lines.omitted", { ...base, omitted: event, count });
  }
}

/** The file that a fault's key begins with. */
export function fileOf(key: string): string {
  return String((JSON.parse(key) as readonly unknown[])[0]);
}
