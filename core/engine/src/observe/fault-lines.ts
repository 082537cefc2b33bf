import type { Quarantined } from "@vexil/flags/compile/snapshot";
import type { LogFields, Logger } from "@vexil/plugin-api";
import type { MissingDirectory } from "../storage/state/missing-directory.js";
import type { UnservedNamespace } from "../storage/state/unserved-namespaces.js";
import { logEvent } from "./catalogue.js";

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

  /** Each fault of a file is told once for as long as it is there. */
  quarantine(storage: string, branch: string, quarantined: readonly Quarantined[], base: LogFields): void {
    const branches = this.#quarantined.get(storage) ?? new Map<string, ReadonlySet<string>>();
    const before = branches.get(branch) ?? new Set();
    const now = new Set<string>();
    for (const fault of quarantined) {
      const key = JSON.stringify([fault.file, fault.line, fault.reason, fault.namespace]);
      now.add(key);
      if (before.has(key)) continue;
      logEvent(this.#logger, "features.quarantined", {
        ...base,
        file: fault.file,
        ...(fault.line === undefined ? {} : { line: fault.line }),
        ...(fault.column === undefined ? {} : { column: fault.column }),
        namespace: fault.namespace,
        reason: fault.reason,
        revision: fault.revision,
      });
    }
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
  unserved(storage: string, unserved: readonly UnservedNamespace[], base: LogFields): void {
    const before = this.#lost.get(storage) ?? new Set();
    const lost = new Set<string>();
    for (const { environment, namespace, searching, unfinished } of unserved) {
      if (searching) continue;
      const key = JSON.stringify([environment, namespace, unfinished]);
      lost.add(key);
      if (before.has(key)) continue;
      logEvent(this.#logger, "namespace.unserved", {
        ...base,
        environment,
        namespace,
        ...(unfinished ? { searching: true } : {}),
      });
    }
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
}
