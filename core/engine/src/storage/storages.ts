import type { Scope } from "../di/scope.js";
import { token } from "../di/token.js";
import type { GitStorage } from "./git-storage.js";
import type { ScopedStorage } from "./open-storage.js";
import { Takeovers } from "./takeovers.js";

export const StoragesToken = token<Storages>("storages");

/** The storages of a daemon, by id, each with the scope that it lives in. */
export class Storages {
  /** Those that are being replaced. */
  readonly takeovers = new Takeovers();
  readonly #storages = new Map<string, ScopedStorage>();

  get all(): readonly GitStorage[] {
    return [...this.#storages.values()].map(({ storage }) => storage);
  }

  get(id: string): GitStorage | undefined {
    return this.#storages.get(id)?.storage;
  }

  /** Its container: what it is made of, by token. */
  scope(id: string): Scope | undefined {
    return this.#storages.get(id)?.scope;
  }

  add(opened: ScopedStorage): void {
    this.#storages.set(opened.storage.id, opened);
  }

  remove(id: string): void {
    this.#storages.delete(id);
  }

  /** Ends the scopes of all that are left. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#storages.values()].map(({ scope }) => scope.end()));
  }

  /** The storage that serves an environment, branch environments included. */
  ofEnvironment(key: string): GitStorage | undefined {
    return this.all.find((storage) => storage.branches.ofEnvironment(key) !== undefined);
  }
}
