import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { FeedPlace } from "@vexil/engine/sinks/event-reader";
import type { Oid, ServedState } from "@vexil/plugin-api";

const VERSION = 1;
const NAME_BYTES = 6;
const OID_BYTES = 20;
const SEAL_BYTES = 12;
/** Bits that say what follows of a place. */
const [HAS_AT, SAME_AT, HAS_TO] = [1, 2, 4];
const STATES: readonly ServedState[] = ["ready", "stale", "failed"];
/** Storages that are not ready, one byte of them. */
const MOST_STORAGES = 255;
/** Of a text: that of as many environments as a stream may have is half as long. */
const MOST_LENGTH = 32_768;

/** How far a stream has come: in each environment, and which storages were told to be not ready. */
export interface StreamPosition {
  readonly places: ReadonlyMap<string, FeedPlace>;
  readonly unready: ReadonlyMap<string, ServedState>;
}

/** A position that somebody has shown. */
export interface ShownPosition {
  /** The place in an environment, where it names one. */
  place(environment: string): FeedPlace | undefined;
  /** The state in which a storage was told to be last. */
  state(storage: string): ServedState;
  /** A daemon with the same key has made it. */
  readonly isGenuine: boolean;
}

/**
 * The text of a position: letters of base64url. A seal goes with it, since a commit that the branch does not lead to any
 * more counts only where a daemon has been there.
 */
export function cursorText({ places, unready }: StreamPosition, key: Uint8Array): string {
  const head = Buffer.alloc(3);
  head.writeUInt8(VERSION, 0);
  head.writeUInt16BE(places.size, 1);
  const parts: Buffer[] = [head];
  let last: Oid | undefined;
  for (const [environment, { at, to, told }] of places) {
    const isSame = at !== undefined && at === last;
    const flags = (at === undefined ? 0 : HAS_AT) | (isSame ? SAME_AT : 0) | (to === undefined ? 0 : HAS_TO);
    parts.push(nameOf(environment), Buffer.of(flags));
    if (at !== undefined && !isSame) parts.push(Buffer.from(at, "hex"));
    if (to !== undefined) {
      const count = Buffer.alloc(4);
      count.writeUInt32BE(told);
      parts.push(Buffer.from(to, "hex"), count);
    }
    last = at;
  }
  const storages = [...unready].slice(0, MOST_STORAGES);
  parts.push(Buffer.of(storages.length));
  for (const [storage, state] of storages) parts.push(nameOf(storage), Buffer.of(STATES.indexOf(state)));
  const body = Buffer.concat(parts);
  return Buffer.concat([body, sealOf(body, key)]).toString("base64url");
}

/**
 * Reads such a text, whoever has written it.
 * @param keys by which it may be sealed
 * @returns undefined: it is none
 */
export function readCursor(text: string, keys: readonly Uint8Array[]): ShownPosition | undefined {
  if (text.length > MOST_LENGTH || !/^[\w-]+$/.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64url");
  const body = bytes.subarray(0, -SEAL_BYTES);
  const read = readBody(new Bytes(body));
  if (read === undefined) return undefined;
  const seal = bytes.subarray(-SEAL_BYTES);
  const isGenuine = keys.some((key) => timingSafeEqual(sealOf(body, key), seal));
  return {
    place: (environment) => read.places.get(nameOf(environment).toString("hex")),
    state: (storage) => read.unready.get(nameOf(storage).toString("hex")) ?? "ready",
    isGenuine,
  };
}

function readBody(bytes: Bytes): StreamPosition | undefined {
  const places = new Map<string, FeedPlace>();
  const unready = new Map<string, ServedState>();
  if (bytes.number(1) !== VERSION) return undefined;
  let last: Oid | undefined;
  for (let left = bytes.number(2); left > 0 && bytes.isWhole; left -= 1) {
    const name = bytes.hex(NAME_BYTES);
    const flags = bytes.number(1);
    if (flags & SAME_AT && last === undefined) return undefined;
    const at = flags & SAME_AT ? last : flags & HAS_AT ? bytes.hex(OID_BYTES) : undefined;
    const to = flags & HAS_TO ? bytes.hex(OID_BYTES) : undefined;
    places.set(name, { at, to, told: to === undefined ? 0 : bytes.number(4) });
    last = at;
  }
  for (let left = bytes.number(1); left > 0 && bytes.isWhole; left -= 1) {
    const name = bytes.hex(NAME_BYTES);
    const state = STATES[bytes.number(1)];
    if (state === undefined) return undefined;
    unready.set(name, state);
  }
  return bytes.isWhole && bytes.left === 0 ? { places, unready } : undefined;
}

/** Bytes that are read one after the other; those beyond the end are zero, and it is not whole any more. */
class Bytes {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  get isWhole(): boolean {
    return this.left >= 0;
  }

  number(size: number): number {
    const part = this.#take(size);
    return part.length < size ? 0 : part.readUIntBE(0, size);
  }

  hex(size: number): string {
    return this.#take(size).toString("hex");
  }

  #take(size: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return part;
  }
}

/** Names may be long, and whoever sees the text need not read them. */
function nameOf(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, NAME_BYTES);
}

function sealOf(body: Buffer, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update("event cursor\0").update(body).digest().subarray(0, SEAL_BYTES);
}
