import type { Logger } from "@vexil/plugin-api";
import type { StorageState, StorageSummary } from "../model/storage-status.js";
import { logEvent } from "./catalogue.js";

/** Lines about the states of storages: each is written when a storage comes into it. */
export class StateLines {
  readonly #logger: Logger;
  readonly #states = new Map<string, StorageState>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  apply(status: StorageSummary): void {
    const before = this.#states.get(status.id);
    if (before === status.state) return;
    this.#states.set(status.id, status.state);
    const fields = { storage: status.id, ...(status.revision === undefined ? {} : { revision: status.revision }) };
    const failure =
      status.lastError === undefined
        ? {}
        : { code: status.lastError.code, step: status.lastError.step, reason: status.lastError.message };
    if (status.state === "failed") {
      logEvent(this.#logger, "storage.failed", { ...fields, ...failure, serving: status.hasSnapshot });
    } else if (status.state === "stale") {
      logEvent(this.#logger, "storage.stale", { ...fields, ...failure });
    } else if (status.state === "ready") {
      const recovered = before === "failed" || before === "stale";
      logEvent(this.#logger, recovered ? "storage.recovered" : "storage.ready", fields);
    }
  }
}
