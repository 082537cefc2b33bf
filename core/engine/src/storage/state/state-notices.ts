import type { SyncEvent } from "../../model/events.js";
import type { StepContext } from "../step-context.js";
import type { EventBody, StorageEvents } from "../storage-events.js";
import type { BranchSet } from "./branch-set.js";
import type { MissingDirectory } from "./missing-directory.js";
import type { UnservedNamespaces } from "./unserved-namespaces.js";

type Notice = Extract<EventBody, { type: "branches.limited" | "directories.missing" | "namespaces.unserved" }>;

/** Reports what is not served, and why: each kind as a whole, whenever it has changed. */
export class StateNotices {
  readonly #branches: BranchSet;
  readonly #unserved: UnservedNamespaces;
  readonly #events: StorageEvents;
  /** By type, as it was told last. */
  readonly #told = new Map<Notice["type"], string>();

  constructor(branches: BranchSet, unserved: UnservedNamespaces, events: StorageEvents) {
    this.#branches = branches;
    this.#unserved = unserved;
    this.#events = events;
  }

  /** Branches over the limits of their environments. */
  overLimit(context: StepContext): readonly SyncEvent[] {
    const { overLimit } = this.#branches;
    return this.#tell(context, { type: "branches.limited", overLimit }, overLimit);
  }

  /** Environments whose directory is not there. */
  directories(missing: readonly MissingDirectory[], context: StepContext): readonly SyncEvent[] {
    return this.#tell(context, { type: "directories.missing", missing }, missing);
  }

  /** Faulty namespaces of which there is no good state. */
  unserved(context: StepContext): readonly SyncEvent[] {
    const unserved = this.#unserved.all();
    const { omitted } = this.#unserved;
    const content = omitted === 0 ? unserved : [...unserved, omitted];
    return this.#tell(context, { type: "namespaces.unserved", unserved, omitted }, content);
  }

  #tell(context: StepContext, notice: Notice, content: readonly unknown[]): readonly SyncEvent[] {
    const text = JSON.stringify(content);
    if (text === (this.#told.get(notice.type) ?? "[]")) return [];
    this.#told.set(notice.type, text);
    return [this.#events.of(context, notice)];
  }
}
