import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { sharedKeyRef } from "../ref-names.js";
import type { SealKeys } from "./seal-keys.js";

const KEY = /^[0-9a-f]{64}$/m;
/** Format of a mark after the instance and the write's id: the commit that the group began at, and the proof. */
const MARK = /^(.*) ([0-9a-f]{40}) ([0-9a-f]{64})$/;

/** Parts of a commit that its mark covers. */
export interface MarkedCommit {
  /** Short name of the branch it is made for: moved to another one, it is foreign there. */
  readonly branch: string;
  readonly tree: Oid;
  readonly parent: Oid;
  /** Where its group of commits began: all commits from there to this one are the group's. */
  readonly base: Oid;
}

/** Adds a commit's mark to the words that name its maker. */
export type Marker = (words: string, commit: MarkedCommit) => string;

/**
 * The mark of commits that daemons of one shared backend make. It is a keyed hash, and the key lies in the backend
 * alone: the daemons of a backend know each other's commits whatever became of the one that made them, and what comes
 * from the remote, or from other tools, cannot look like one.
 */
export class SharedMark {
  readonly #repository: Repository;
  #key: Promise<Buffer | undefined> | undefined;

  /** The backend's key, as that of proofs of whose commits are. */
  readonly keys: SealKeys = {
    own: (signal) => this.#own(signal),
    known: async () => {
      const key = await this.#known(false);
      return key === undefined ? [] : [key];
    },
  };

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Makes the marker of the next commits; the first daemon of a backend makes its key. */
  async marker(signal: AbortSignal): Promise<Marker> {
    const key = await this.#own(signal);
    return (words, commit) => `${words} ${commit.base} ${proof(key, words, commit).toString("hex")}`;
  }

  /** Where the group of a commit began; undefined if no daemon of this backend made it for this branch. */
  async groupBase(branch: string, commit: CommitInfo): Promise<Oid | undefined> {
    const [, words, base, claimed] = MARK.exec(commit.instance ?? "") ?? [];
    const [parent, ...others] = commit.parents;
    if (words === undefined || base === undefined || claimed === undefined) return undefined;
    if (parent === undefined || others.length > 0) return undefined;
    const marked = { branch, tree: commit.tree, parent, base };
    // A key that does not fit may have been replaced together with the rest, by a dump that was restored.
    for (const again of [false, true]) {
      const key = await this.#known(again);
      if (key !== undefined && timingSafeEqual(proof(key, words, marked), Buffer.from(claimed, "hex"))) return base;
    }
    return undefined;
  }

  async #own(signal: AbortSignal): Promise<Buffer> {
    return (await this.#known(false)) ?? (await this.#make(signal));
  }

  #known(again: boolean): Promise<Buffer | undefined> {
    if (again || this.#key === undefined) this.#key = this.#read();
    const asked = this.#key;
    const forget = (): void => {
      if (this.#key === asked) this.#key = undefined;
    };
    asked.then((key) => key === undefined && forget(), forget);
    return asked;
  }

  async #read(): Promise<Buffer | undefined> {
    const oid = await this.#repository.head(sharedKeyRef);
    const commit = oid === undefined ? undefined : await this.#repository.readCommit(oid);
    const key = KEY.exec(commit?.message ?? "")?.[0];
    return key === undefined ? undefined : Buffer.from(key, "hex");
  }

  async #make(signal: AbortSignal): Promise<Buffer> {
    const { backend } = this.#repository;
    const made = await this.#repository.makeCommit({
      parents: [],
      baseTree: undefined,
      changes: new Map(),
      author: { name: "vexil", email: "vexil@localhost" },
      message: `key of the marks of this storage's commits\n\n${randomBytes(32).toString("hex")}`,
      timestampMs: 0,
      instance: "key",
    });
    await backend.objects.write(made.objects, signal);
    const update = { ref: sharedKeyRef, old: undefined, new: made.oid, reason: "key of the marks of commits" };
    while ((await this.#repository.head(sharedKeyRef)) === undefined) {
      signal.throwIfAborted();
      // Another daemon may be faster: then its key counts.
      await backend.refs.compareAndSwap([update]);
    }
    const key = await this.#known(true);
    if (key !== undefined) return key;
    throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `${sharedKeyRef} holds no key; delete that ref`, {
      details: { step: "backend" },
    });
  }
}

function proof(key: Buffer, words: string, { branch, tree, parent, base }: MarkedCommit): Buffer {
  // No name of a branch holds a line break.
  return createHmac("sha256", key).update([branch, tree, parent, base, words].join("\n")).digest();
}
