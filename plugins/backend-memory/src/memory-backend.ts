import {
  type Backend,
  type GitObject,
  nextTurn,
  type ObjectStore,
  type Oid,
  type RefName,
  type RefStore,
  type RefUpdate,
  referencesOf,
  type ShallowList,
  VexilError,
} from "@vexil/plugin-api";

/** All that a memory storage is. */
export interface MemoryState {
  readonly objects: ReadonlyMap<Oid, GitObject>;
  readonly refs: ReadonlyMap<RefName, Oid>;
  readonly shallow: ReadonlySet<Oid>;
}

/** Keeps the last state somewhere. */
export interface StateKeeper {
  /** The refs moved. `take` gives what to keep, whenever it suits. */
  changed(take: () => MemoryState): void;
  /** Resolves when the last state is kept. */
  close(): Promise<void>;
}

interface Stored extends GitObject {
  /** `performance.now()` of the last write. */
  readonly writtenAt: number;
}

const KEPT_PREFIX = "refs/vexil/kept/";
/** Local commits that a remote replaced: the newest ones stay. */
const MAX_KEPT_REFS = 100;
/** Objects visited by a walk before other work gets its turn. */
const SLICE = 2_000;

/** Bytes that an object takes beside its content: its name, and its places in the engine's heap. */
const OBJECT_BYTES = 512;

const sizeOf = ({ bytes }: Pick<GitObject, "bytes">): number => bytes.byteLength + OBJECT_BYTES;

/** Git's objects and refs in three collections. */
export class MemoryBackend implements Backend {
  readonly #objects = new Map<Oid, Stored>();
  readonly #refs: Map<RefName, Oid>;
  readonly #shallow: Set<Oid>;
  readonly #maxBytes: number;
  readonly #keeper: StateKeeper | undefined;
  #bytes = 0;

  constructor(maxBytes: number, state?: MemoryState, keeper?: StateKeeper) {
    this.#maxBytes = maxBytes;
    this.#keeper = keeper;
    this.#refs = new Map(state?.refs);
    this.#shallow = new Set(state?.shallow);
    if (state !== undefined) this.#store([...state.objects.values()]);
  }

  readonly objects: ObjectStore = {
    read: async (oids, signal) => {
      signal?.throwIfAborted();
      const found = new Map<Oid, GitObject>();
      for (const oid of oids) {
        const stored = this.#objects.get(oid);
        if (stored !== undefined) found.set(oid, stored);
      }
      return found;
    },
    write: async (objects, signal) => {
      signal?.throwIfAborted();
      const added = objects.reduce((sum, object) => sum + (this.#objects.has(object.oid) ? 0 : sizeOf(object)), 0);
      if (added > 0 && this.#bytes + added > this.#maxBytes) {
        const message = `the memory storage would hold ${this.#bytes + added} bytes; max_size allows ${this.#maxBytes}`;
        throw new VexilError("VEXIL_UNAVAILABLE_SPACE", message, { details: { step: "backend" } });
      }
      this.#store(objects);
    },
  };

  readonly refs: RefStore = {
    list: async (prefix) => {
      if (prefix === "") return new Map(this.#refs);
      return new Map([...this.#refs].filter(([ref]) => ref.startsWith(prefix)));
    },
    // Nothing is awaited between comparing and setting, so this is all or none.
    compareAndSwap: async (updates) => {
      if (updates.some((update) => this.#refs.get(update.ref) !== update.old)) return false;
      for (const update of updates) this.#move(update);
      if (updates.some(({ ref }) => ref.startsWith(KEPT_PREFIX))) this.#dropOldKeptRefs();
      this.#keeper?.changed(() => this.#reachableState());
      return true;
    },
  };

  readonly shallow: ShallowList = {
    read: async () => new Set(this.#shallow),
    update: async (add, remove) => {
      for (const oid of remove) this.#shallow.delete(oid);
      for (const oid of add) this.#shallow.add(oid);
    },
  };

  async prune(options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number }): Promise<void> {
    const started = performance.now();
    const marked = new Set<Oid>();
    let visited = 0;
    for (const _ of this.#walk([...this.#refs.values(), ...options.roots], marked)) {
      visited += 1;
      if (visited % SLICE === 0) await nextTurn();
    }
    // Refs may have moved meanwhile. From here to the end nothing is awaited.
    for (const _ of this.#walk([...this.#refs.values()], marked));
    for (const [oid, stored] of this.#objects) {
      const { writtenAt } = stored;
      if (marked.has(oid) || writtenAt > started - options.keepNewerThanMs || writtenAt >= started) continue;
      this.#objects.delete(oid);
      this.#bytes -= sizeOf(stored);
    }
    for (const oid of this.#shallow) if (!this.#objects.has(oid)) this.#shallow.delete(oid);
  }

  async close(): Promise<void> {
    await this.#keeper?.close();
  }

  #store(objects: Iterable<GitObject>): void {
    const writtenAt = performance.now();
    for (const { oid, type, bytes } of objects) {
      const stored = this.#objects.get(oid);
      if (stored === undefined) this.#bytes += sizeOf({ bytes });
      // The caller may reuse its buffer, and a slice would keep a whole pack alive.
      this.#objects.set(oid, { oid, type, bytes: stored?.bytes ?? new Uint8Array(bytes), writtenAt });
    }
  }

  #move(update: RefUpdate): void {
    if (update.new === undefined) this.#refs.delete(update.ref);
    else this.#refs.set(update.ref, update.new);
  }

  #dropOldKeptRefs(): void {
    const kept = [...this.#refs.keys()].filter((ref) => ref.startsWith(KEPT_PREFIX));
    for (const ref of kept.slice(0, Math.max(0, kept.length - MAX_KEPT_REFS))) this.#refs.delete(ref);
  }

  /**
   * Marks and gives what the roots reach, as far as it is stored. The past of a shallow commit does not count, although
   * it may still be here: every poll cuts the history anew, and what was the tip before would never go.
   */
  *#walk(roots: readonly Oid[], marked: Set<Oid>): Generator<Oid> {
    const waiting = [...roots];
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      if (marked.has(oid)) continue;
      const stored = this.#objects.get(oid);
      if (stored === undefined) continue;
      marked.add(oid);
      yield oid;
      const references = referencesOf(stored.type, stored.bytes);
      // A commit's tree comes first.
      const followed = this.#shallow.has(oid) ? references.slice(0, 1) : references;
      for (const next of followed) if (!marked.has(next) && this.#objects.has(next)) waiting.push(next);
    }
  }

  #reachableState(): MemoryState {
    const objects = new Map<Oid, GitObject>();
    for (const oid of this.#walk([...this.#refs.values()], new Set())) {
      const stored = this.#objects.get(oid);
      if (stored !== undefined) objects.set(oid, stored);
    }
    const shallow = new Set([...this.#shallow].filter((oid) => objects.has(oid)));
    return { objects, refs: new Map(this.#refs), shallow };
  }
}
