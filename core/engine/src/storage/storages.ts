import { token } from "../di/token.js";
import type { GitStorage } from "./git-storage.js";

export const StoragesToken = token<Storages>("storages");

/** The storages of a daemon, by id. */
export class Storages {
  readonly #storages = new Map<string, GitStorage>();

  constructor(storages: Iterable<GitStorage> = []) {
    for (const storage of storages) this.add(storage);
  }

  get all(): readonly GitStorage[] {
    return [...this.#storages.values()];
  }

  get(id: string): GitStorage | undefined {
    return this.#storages.get(id);
  }

  add(storage: GitStorage): void {
    this.#storages.set(storage.id, storage);
  }

  remove(id: string): void {
    this.#storages.delete(id);
  }

  /** The storage that serves an environment, branch environments included. */
  ofEnvironment(key: string): GitStorage | undefined {
    return this.all.find((storage) => storage.parts.branches.ofEnvironment(key) !== undefined);
  }
}
