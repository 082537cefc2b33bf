import { readFileSync } from "node:fs";
import type { Oid } from "@vexil/plugin-api";
import { corrupt } from "../disk/disk-error.js";

const MAGIC = 0xff744f63;
const FANOUT = 8;
const NAMES = FANOUT + 1024;

/** A pack's index, version 2 (gitformat-pack(5)): object id → place in the pack. */
export class PackIndex {
  readonly path: string;
  readonly count: number;
  readonly #bytes: Buffer;

  /** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT */
  constructor(path: string) {
    this.path = path;
    this.#bytes = readFileSync(path);
    const { length } = this.#bytes;
    if (length < NAMES + 40) throw corrupt(`${path} is cut short: ${length} bytes; ${ADVICE}`);
    if (this.#bytes.readUInt32BE(0) !== MAGIC || this.#bytes.readUInt32BE(4) !== 2) {
      throw corrupt(`${path} is not a pack index of version 2; ${ADVICE}`);
    }
    let last = 0;
    for (let first = 0; first < 256; first += 1) {
      const upTo = this.#fanout(first);
      if (upTo < last) throw corrupt(`${path} is damaged: its table of first bytes goes backwards; ${ADVICE}`);
      last = upTo;
    }
    this.count = last;
    const fixed = NAMES + this.count * 28 + 40;
    if (length < fixed || (length - fixed) % 8 !== 0) {
      throw corrupt(`${path} is damaged: ${length} bytes do not fit ${this.count} objects; ${ADVICE}`);
    }
  }

  /** Where the object begins in the pack; undefined when the pack does not have it. */
  find(oid: Oid): number | undefined {
    const wanted = Buffer.from(oid, "hex");
    const first = wanted[0] ?? 0;
    let low = first === 0 ? 0 : this.#fanout(first - 1);
    let high = this.#fanout(first) - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const at = NAMES + middle * 20;
      const order = wanted.compare(this.#bytes, at, at + 20);
      if (order === 0) return this.#offset(middle);
      if (order < 0) high = middle - 1;
      else low = middle + 1;
    }
    return undefined;
  }

  *oids(): Generator<Oid> {
    for (let index = 0; index < this.count; index += 1) {
      yield this.#bytes.toString("hex", NAMES + index * 20, NAMES + index * 20 + 20);
    }
  }

  #fanout(first: number): number {
    return this.#bytes.readUInt32BE(FANOUT + first * 4);
  }

  #offset(index: number): number {
    const small = this.#bytes.readUInt32BE(NAMES + this.count * 24 + index * 4);
    if (small < 0x80000000) return small;
    const at = NAMES + this.count * 28 + (small - 0x80000000) * 8;
    if (at + 8 > this.#bytes.length - 40) throw corrupt(`${this.path} names an offset beyond its end; ${ADVICE}`);
    const offset = this.#bytes.readBigUInt64BE(at);
    if (offset > Number.MAX_SAFE_INTEGER) throw corrupt(`${this.path} names an impossible offset; ${ADVICE}`);
    return Number(offset);
  }
}

const ADVICE = 'make it anew with "git index-pack" on its .pack file, or fetch the objects again';
