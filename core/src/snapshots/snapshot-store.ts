import { type Observable, Subject } from "rxjs";
import type { EnvironmentInfo, ServedEnvironment, SnapshotChange, SnapshotReader } from "./environment.js";
import type { Snapshot } from "./snapshot.js";

/** The last good snapshot of each environment. What is stored is served at once, and only then announced. */
export class SnapshotStore implements SnapshotReader {
  readonly #environments = new Map<string, ServedEnvironment>();
  readonly #changes = new Subject<SnapshotChange>();
  #default: string | undefined;

  get changes$(): Observable<SnapshotChange> {
    return this.#changes;
  }

  get(environment: string): ServedEnvironment | undefined {
    return this.#environments.get(environment);
  }

  all(): readonly ServedEnvironment[] {
    return [...this.#environments.values()];
  }

  default(): ServedEnvironment | undefined {
    return this.#default === undefined ? undefined : this.#environments.get(this.#default);
  }

  /** Makes an environment known; it keeps the snapshot it has. */
  declare(info: EnvironmentInfo): void {
    this.#environments.set(info.key, { info, snapshot: this.#environments.get(info.key)?.snapshot });
    // A branch copies its base's `default`, but only a configured environment answers for requests that name none.
    if (info.default && info.base === undefined) this.#default = info.key;
  }

  /** @param storage what makes it: an environment that has gone over to another storage is that one's alone */
  publish(environment: string, storage: string, snapshot: Snapshot, changedNamespaces: ReadonlySet<string>): void {
    const served = this.#environments.get(environment);
    if (served?.info.storage !== storage) return;
    this.#environments.set(environment, { info: served.info, snapshot });
    this.#changes.next({ type: "published", environment, snapshot, changedNamespaces });
  }

  remove(environment: string): void {
    if (this.#environments.delete(environment)) this.#changes.next({ type: "removed", environment });
  }

  close(): void {
    this.#changes.complete();
  }
}
