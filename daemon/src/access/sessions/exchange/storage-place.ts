import { setTimeout as delay } from "node:timers/promises";
import { SESSIONS_PREFIX } from "@vexil/engine/storage/ref-names";
import type { Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { type Revocation, revocationText } from "../revocation.js";
import type { ExchangeGroup } from "./exchange-group.js";
import type { RevocationLine, RevocationPlace } from "./revocation-place.js";
import { trimRevocations } from "./trim-revocations.js";

const FILE = "ended-sessions.json";
/** Time between two looks. */
const LOOK_MS = 500;
const OPEN_MS = 100;
/** Daemons that write at the same moment try again. */
const TRIES = 20;
const MOST_PAUSE_MS = 100;
/** Entries that are kept; beyond that the older half becomes "all sessions that began before". */
const MOST = 20_000;
/** A longer file is none of ours: what is kept takes a fifth of it. */
const MOST_BYTES = 32 * 2 ** 20;

export interface StoragePlaceOptions {
  readonly storage: string;
  /** Undefined while it is not open. */
  readonly repository: () => Repository | undefined;
  /** Of those who take each other's sessions. */
  readonly group: ExchangeGroup;
  /** Milliseconds for which a revocation matters. */
  readonly keepMs: () => number;
  /** Entries that are kept, in place of those that Vexil keeps. */
  readonly most?: number;
}

/** A ref of its own in a backend that the daemons share: its commit holds a file with all of them. */
export function storagePlace(options: StoragePlaceOptions): RevocationPlace {
  return {
    name: `storage ${options.storage}`,
    connect: async (signal) => {
      while (options.repository() === undefined && !signal.aborted) await delay(OPEN_MS);
      return new StorageLine(options);
    },
  };
}

class StorageLine implements RevocationLine {
  readonly #options: StoragePlaceOptions;
  readonly #ref: string;
  readonly #over = new AbortController();
  /** The commit that was read last. */
  #seen: Oid | undefined;

  constructor(options: StoragePlaceOptions) {
    this.#options = options;
    this.#ref = `${SESSIONS_PREFIX}${options.group.name}`;
  }

  async readAll(): Promise<readonly Revocation[]> {
    this.#seen = await this.#repository.head(this.#ref);
    return this.#read(this.#seen);
  }

  async next(): Promise<readonly Revocation[]> {
    await delay(LOOK_MS, undefined, { signal: this.#over.signal });
    const head = await this.#repository.head(this.#ref);
    if (head === this.#seen) return [];
    this.#seen = head;
    return this.#read(head);
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const old = await this.#repository.head(this.#ref);
      const all = this.#together(await this.#read(old), revocations);
      if (await this.#write(old, all)) return;
      await delay(Math.random() * MOST_PAUSE_MS, undefined, { signal: this.#over.signal });
    }
    throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `${this.#ref} moved ${TRIES} times while it was written`);
  }

  close(): void {
    this.#over.abort();
  }

  get #repository(): Repository {
    const repository = this.#options.repository();
    if (repository !== undefined) return repository;
    throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `storage ${this.#options.storage} is not open`);
  }

  async #read(commit: Oid | undefined): Promise<readonly Revocation[]> {
    if (commit === undefined) return [];
    const file = (await this.#repository.listFiles(commit, "", (path) => path === FILE)).get(FILE);
    if (file === undefined) return [];
    const text = (await this.#repository.readBlobs([file.oid])).get(file.oid);
    return this.#options.group.texts.read(entriesOf(text ?? new Uint8Array()));
  }

  #together(there: readonly Revocation[], more: readonly Revocation[]): readonly Revocation[] {
    const over = Date.now() - this.#options.keepMs();
    const all = new Map([...there, ...more].map((revocation) => [revocationText(revocation), revocation]));
    const lasting = [...all.values()].filter(({ at }) => at >= over);
    return trimRevocations(
      lasting.sort((one, other) => one.at - other.at),
      this.#options.most ?? MOST,
    );
  }

  /** @returns false if somebody else was faster */
  async #write(old: Oid | undefined, revocations: readonly Revocation[]): Promise<boolean> {
    const { backend } = this.#repository;
    const made = await this.#repository.makeCommit({
      // What it was before is of no interest, and may be pruned.
      parents: [],
      baseTree: undefined,
      changes: new Map([
        [FILE, Buffer.from(JSON.stringify(revocations.map((one) => this.#options.group.texts.textOf(one))))],
      ]),
      author: { name: "vexil", email: "vexil@localhost" },
      message: "sessions that were ended",
      timestampMs: Date.now(),
      instance: "sessions",
    });
    await backend.objects.write(made.objects);
    const moved = { ref: this.#ref, old, new: made.oid, reason: "sessions were ended" };
    return backend.refs.compareAndSwap([moved]);
  }
}

/** A file that is none of ours is replaced by the next that is written. */
function entriesOf(bytes: Uint8Array): readonly unknown[] {
  if (bytes.length > MOST_BYTES) return [undefined];
  try {
    const kept: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return Array.isArray(kept) ? kept : [undefined];
  } catch {
    return [undefined];
  }
}
