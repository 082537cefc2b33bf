import type { GitObjectType, Oid } from "@vexil/plugin-api";

/** Types as packs number them (gitformat-pack(5)); 0: a delta whose base is not known yet. */
const TYPES: readonly (GitObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
const OID_BYTES = 20;

/** No entry. */
export const NONE = -1;
/** As a base: the object that was read from the store last. */
export const OUTSIDE = -2;

/**
 * A pack's entries, in columns: 41 bytes for each, since a remote may send millions. Deltas hang below
 * their bases as lists.
 */
export class PackTable {
  readonly count: number;
  readonly #offsets: Float64Array;
  readonly #types: Uint8Array;
  readonly #oids: Buffer;
  readonly #bases: Int32Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  #size = 0;

  constructor(count: number) {
    this.count = count;
    this.#offsets = new Float64Array(count);
    this.#types = new Uint8Array(count);
    this.#oids = Buffer.alloc(count * OID_BYTES);
    this.#bases = new Int32Array(count);
    this.#firstChild = new Int32Array(count);
    this.#nextSibling = new Int32Array(count);
  }

  /** Adds the entry at `offset`; offsets grow. */
  add(offset: number): number {
    const index = this.#size;
    this.#size += 1;
    this.#offsets[index] = offset;
    this.#bases[index] = NONE;
    this.#firstChild[index] = NONE;
    this.#nextSibling[index] = NONE;
    return index;
  }

  offset(index: number): number {
    return this.#offsets[index] as number;
  }

  /** The entry that starts at an offset, {@link NONE} if none does. */
  find(offset: number): number {
    let [low, high] = [0, this.#size - 1];
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#offsets[middle] as number;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return NONE;
  }

  /** Records what an entry was found to be. */
  settle(index: number, type: GitObjectType, oid: Oid): void {
    this.#types[index] = TYPES.indexOf(type);
    this.#oids.write(oid, index * OID_BYTES, "hex");
  }

  /** undefined: a delta that was not resolved. */
  type(index: number): GitObjectType | undefined {
    return TYPES[this.#types[index] as number];
  }

  oid(index: number): Oid {
    return this.#oids.toString("hex", index * OID_BYTES, (index + 1) * OID_BYTES);
  }

  base(index: number): number {
    return this.#bases[index] as number;
  }

  setBase(index: number, base: number): void {
    this.#bases[index] = base;
  }

  /** Hangs a delta below its base. */
  hang(child: number, base: number): void {
    this.#bases[child] = base;
    this.#nextSibling[child] = this.firstChild(base);
    this.#firstChild[base] = child;
  }

  firstChild(index: number): number {
    return this.#firstChild[index] as number;
  }

  nextSibling(index: number): number {
    return this.#nextSibling[index] as number;
  }

  /** Puts an entry before another one of the same list. */
  putBefore(index: number, next: number): void {
    this.#nextSibling[index] = next;
  }
}
