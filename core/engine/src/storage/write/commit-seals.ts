import { createHmac, timingSafeEqual } from "node:crypto";
import { type Resealer, type Sealer, sealOf } from "@vexil/git/objects/commit-seal";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { SealKeys } from "./seal-keys.js";

/**
 * Seals of a storage's commits: keyed hashes over the whole of them. Trailers, authors and headers anybody can write who
 * can push; a seal only who has the key, and on another commit it is none.
 */
export class CommitSeals {
  readonly #storage: string;
  readonly #repository: Pick<Repository, "backend">;
  readonly #keys: SealKeys;

  constructor(storage: string, repository: Pick<Repository, "backend">, keys: SealKeys) {
    this.#storage = storage;
    this.#repository = repository;
    this.#keys = keys;
  }

  /** Seals new commits. */
  async sealer(signal: AbortSignal): Promise<Sealer> {
    const key = await this.#keys.own(signal);
    return (covered) => this.#sealed(key, covered).toString("hex");
  }

  /** Seals commits that stand for others, where those are genuine. */
  async resealer(): Promise<Resealer> {
    const keys = await this.#keys.known();
    return (commit) => {
      const key = this.#keyOf(commit, keys);
      return key && ((covered) => this.#sealed(key, covered).toString("hex"));
    };
  }

  /** Tells whether a daemon that has the key made a commit for this storage. */
  async isGenuine(commit: Oid): Promise<boolean> {
    const object = (await this.#repository.backend.objects.read([commit])).get(commit);
    return object?.type === "commit" && this.#keyOf(object.bytes, await this.#keys.known()) !== undefined;
  }

  #keyOf(commit: Uint8Array, keys: readonly Uint8Array[]): Uint8Array | undefined {
    const sealed = sealOf(commit);
    if (sealed === undefined) return undefined;
    const claimed = Buffer.from(sealed.seal, "hex");
    return keys.find((key) => {
      const made = this.#sealed(key, sealed.covered);
      return claimed.length === made.length && timingSafeEqual(made, claimed);
    });
  }

  #sealed(key: Uint8Array, covered: Uint8Array): Buffer {
    // No mark of a shared backend, whose key is the same, begins like this.
    return createHmac("sha256", key).update(`seal\0${this.#storage}\0`).update(covered).digest();
  }
}
