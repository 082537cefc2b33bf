import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { type Observable, Subject } from "rxjs";
import { token } from "../../di/token.js";
import type { ServedEnvironment, SnapshotChange, SnapshotReader } from "../../model/snapshot-reader.js";

export const SnapshotStoreToken = token<SnapshotStore>("snapshots");

/** The last good snapshot of each environment. What is stored is served at once, and only then announced. */
export class SnapshotStore implements SnapshotReader {
  readonly #environments = new Map<string, ServedEnvironment>();
  readonly #changes = new Subject<SnapshotChange>();
  /** How many environments have a key, in lower case. */
  readonly #keys = new Map<string, number>();
  /** Keys of the configured environments of each storage. */
  readonly #configured = new Map<string, Set<string>>();
  #generation = 0;
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

  configured(storage: string): readonly ServedEnvironment[] {
    const keys = [...(this.#configured.get(storage) ?? [])];
    return keys.map((key) => this.#environments.get(key)).filter((served) => served !== undefined);
  }

  get generation(): number {
    return this.#generation;
  }

  /** Tells whether an environment has this key, or one that differs from it by case and outer spaces only. */
  isTaken(key: string): boolean {
    return this.#keys.has(keyOf(key));
  }

  /** The configured environment that an environment branches from, by way of others perhaps; itself if it is one. */
  rootOf(key: string): string {
    const base = this.#environments.get(key)?.info.base;
    return base === undefined ? key : this.rootOf(base);
  }

  default(): ServedEnvironment | undefined {
    return this.#default === undefined ? undefined : this.#environments.get(this.#default);
  }

  /** Makes an environment known; it keeps the snapshot it has. */
  declare(info: EnvironmentInfo): void {
    const before = this.#environments.get(info.key);
    if (before === undefined) this.#count(info.key, 1);
    else this.#configured.get(before.info.storage)?.delete(info.key);
    this.#environments.set(info.key, { info, snapshot: before?.snapshot });
    if (info.base === undefined) {
      const keys = this.#configured.get(info.storage) ?? new Set();
      this.#configured.set(info.storage, keys.add(info.key));
    }
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
    const served = this.#environments.get(environment);
    if (served === undefined) return;
    this.#environments.delete(environment);
    this.#configured.get(served.info.storage)?.delete(environment);
    this.#count(environment, -1);
    this.#changes.next({ type: "removed", environment });
  }

  close(): void {
    this.#changes.complete();
  }

  #count(environment: string, by: 1 | -1): void {
    this.#generation += 1;
    const key = keyOf(environment);
    const count = (this.#keys.get(key) ?? 0) + by;
    if (count === 0) this.#keys.delete(key);
    else this.#keys.set(key, count);
  }
}

const keyOf = (environment: string): string => environment.trim().toLowerCase();
