import type { Oid } from "@vexil/plugin-api";

const OID_BYTES = 20;
const FIRST_SLOTS = 1024;

/**
 * Object ids in the order in which they were added, each once: some 30 bytes for each, where a `Set` of texts takes a
 * hundred.
 */
export class OidTable {
  #bytes = Buffer.alloc((FIRST_SLOTS / 2) * OID_BYTES);
  /** Place of an id by its hash; 0: free, else its index + 1. Ids are hashes already. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #size = 0;
  readonly #probe = Buffer.alloc(OID_BYTES);

  get size(): number {
    return this.#size;
  }

  /** @returns the index that it has now; undefined: it was there already */
  add(oid: Oid): number | undefined {
    const slot = this.#find(oid);
    if (this.#slots[slot] !== 0) return undefined;
    const index = this.#size;
    if ((index + 1) * OID_BYTES > this.#bytes.byteLength) {
      this.#grow();
      this.#slots[this.#find(oid)] = index + 1;
    } else this.#slots[slot] = index + 1;
    this.#probe.copy(this.#bytes, index * OID_BYTES);
    this.#size += 1;
    return index;
  }

  /** @returns its index; undefined: it is not there */
  indexOf(oid: Oid): number | undefined {
    const place = this.#slots[this.#find(oid)] as number;
    return place === 0 ? undefined : place - 1;
  }

  has(oid: Oid): boolean {
    return this.indexOf(oid) !== undefined;
  }

  at(index: number): Oid {
    return this.#bytes.toString("hex", index * OID_BYTES, (index + 1) * OID_BYTES);
  }

  /** Leaves the id in `#probe`. */
  #find(oid: Oid): number {
    this.#probe.write(oid, "hex");
    const mask = this.#slots.length - 1;
    let slot = this.#probe.readUInt32LE(0) & mask;
    for (;;) {
      const place = this.#slots[slot] as number;
      if (place === 0) return slot;
      const start = (place - 1) * OID_BYTES;
      if (this.#probe.compare(this.#bytes, start, start + OID_BYTES) === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const bytes = Buffer.alloc(this.#bytes.byteLength * 2);
    this.#bytes.copy(bytes);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#size; index += 1) {
      let slot = bytes.readUInt32LE(index * OID_BYTES) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
    this.#bytes = bytes;
  }
}
