import { type Packet, textOf } from "../protocol/pkt-line.js";
import { badRequest } from "./upload-faults.js";

const FLUSH: Packet = { type: "flush" };
const DELIMITER: Packet = { type: "delimiter" };
const END: Packet = { type: "end" };

/** No line of a request is longer: an id, or the name of a ref. */
const LINE_BYTES = 4096;

/** Packets of a request that has come whole. */
export class RequestPackets {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.byteLength;
  }

  /** @throws VexilError VEXIL_VALIDATION_REQUEST */
  next(): Packet {
    if (this.isAtEnd) return END;
    const digits = this.#bytes.toString("latin1", this.#at, this.#at + 4);
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw badRequest(`the request has no packet at byte ${this.#at}`);
    const length = Number.parseInt(digits, 16);
    const start = this.#at + 4;
    this.#at += Math.max(length, 4);
    if (length === 0) return FLUSH;
    if (length === 1) return DELIMITER;
    if (length < 4 || length > LINE_BYTES) throw badRequest(`the request has a packet of ${length} bytes`);
    if (this.#at > this.#bytes.byteLength) throw badRequest("the request ends within a packet");
    return { type: "data", payload: this.#bytes.subarray(start, this.#at) };
  }

  /** The next packet as text without its line break; undefined for one that holds no data. */
  line(): string | undefined {
    const next = this.next();
    return next.type === "data" ? textOf(next.payload) : undefined;
  }
}
