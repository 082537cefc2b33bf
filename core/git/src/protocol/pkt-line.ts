import { type FailureStep, VexilError } from "@vexil/plugin-api/errors";
import { corrupt, notGit, remoteSaid, truncated } from "../wire-errors.js";

/** Packet framing of git's protocol (gitprotocol-common(5)): four hex digits of length, then the payload. */
export const FLUSH = Buffer.from("0000");
export const DELIMITER = Buffer.from("0001");

const MAX_PAYLOAD = 65_516;

/** One packet. A text gets its line break. */
export function packet(content: string | Uint8Array): Buffer {
  const payload = typeof content === "string" ? Buffer.from(`${content}\n`) : content;
  if (payload.byteLength > MAX_PAYLOAD) throw new RangeError(`a packet holds ${MAX_PAYLOAD} bytes at most`);
  return Buffer.concat([Buffer.from((payload.byteLength + 4).toString(16).padStart(4, "0")), payload]);
}

/** Bytes as they come from the network. Resolves to undefined at the end. */
export interface ByteSource {
  read(): Promise<Uint8Array | undefined>;
}

export type Packet =
  | { readonly type: "data"; readonly payload: Uint8Array }
  | { readonly type: "flush" | "delimiter" | "end" };

const FLUSH_PACKET: Packet = { type: "flush" };
const DELIMITER_PACKET: Packet = { type: "delimiter" };
const END: Packet = { type: "end" };

/** Splits an answer into packets. An `ERR` packet is thrown as what the remote says. */
export class PacketReader {
  /** Bytes taken from the source so far. */
  received = 0;
  readonly step: FailureStep;
  readonly #source: ByteSource;
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #ended = false;
  #first = true;

  /** @param limit bytes of the whole answer at most */
  constructor(source: ByteSource, step: FailureStep, limit: number) {
    this.#source = source;
    this.step = step;
    this.#limit = limit;
  }

  /** Bytes are here that nobody has read. */
  get hasMore(): boolean {
    return this.#buffered > 0;
  }

  async next(): Promise<Packet> {
    const header = await this.#take(4);
    if (header === undefined) return END;
    const digits = Buffer.from(header).toString("latin1");
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw await this.#garbage(header);
    this.#first = false;
    const length = Number.parseInt(digits, 16);
    if (length === 0) return FLUSH_PACKET;
    // 0002 (response end) only occurs with `stateless-connect`, which nobody speaks to a server.
    if (length === 1 || length === 2) return DELIMITER_PACKET;
    if (length < 4) throw corrupt(this.step, `a packet of length ${length}`);
    const payload = await this.#take(length - 4);
    if (payload === undefined) throw truncated(this.step);
    if (startsWith(payload, "ERR ")) throw remoteSaid(this.step, Buffer.from(payload.subarray(4)).toString("utf8"));
    return { type: "data", payload };
  }

  /** The next packet as text without its line break; undefined for one that holds no data. */
  async line(): Promise<string | undefined> {
    const next = await this.next();
    if (next.type === "end") throw truncated(this.step);
    return next.type === "data" ? textOf(next.payload) : undefined;
  }

  /** Reads on without framing (a pack of a server that has no side band). Undefined at the end. */
  async raw(): Promise<Uint8Array | undefined> {
    const buffered = this.#chunks.shift();
    if (buffered === undefined) {
      if (!(await this.#fill())) return undefined;
      return this.raw();
    }
    this.#buffered -= buffered.byteLength;
    return buffered;
  }

  /** Reads to the end of the answer, where nothing may follow: the connection is then free for the next request. */
  async finish(): Promise<void> {
    if (this.#buffered > 0 || (await this.#fill())) throw corrupt(this.step, "bytes follow its end");
  }

  async #take(size: number): Promise<Uint8Array | undefined> {
    while (this.#buffered < size) {
      if (await this.#fill()) continue;
      if (this.#buffered === 0) return undefined;
      throw this.#first ? await this.#garbage(Buffer.concat(this.#chunks)) : truncated(this.step);
    }
    if (size === 0) return new Uint8Array(0);
    let first = this.#chunks[0] as Uint8Array;
    if (first.byteLength < size) {
      first = Buffer.concat(this.#chunks);
      this.#chunks = [first];
    }
    if (first.byteLength === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
    this.#buffered -= size;
    return first.subarray(0, size);
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false;
    const chunk = await this.#source.read();
    if (chunk === undefined) {
      this.#ended = true;
      return false;
    }
    this.received += chunk.byteLength;
    if (this.received > this.#limit) throw this.#tooLong();
    if (chunk.byteLength > 0) {
      this.#chunks.push(chunk);
      this.#buffered += chunk.byteLength;
    }
    return true;
  }

  async #garbage(start: Uint8Array): Promise<VexilError> {
    if (!this.#first) return corrupt(this.step, "a packet without a length");
    let seen = Buffer.concat([start, ...this.#chunks]);
    while (seen.byteLength < 64 && (await this.#fill())) seen = Buffer.concat([start, ...this.#chunks]);
    return notGit(this.step, seen.subarray(0, 256));
  }

  #tooLong(): VexilError {
    const limit = `${this.#limit} bytes`;
    return this.step === "pack"
      ? new VexilError("VEXIL_REMOTE_TOO_LARGE", `the remote sends more than limits.pack_bytes allows (${limit})`, {
          details: { step: this.step },
        })
      : new VexilError("VEXIL_CONNECTION_ENDLESS", `the answer does not end within ${limit}`, {
          details: { step: this.step },
        });
  }
}

export function textOf(payload: Uint8Array): string {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8").replace(/\n$/, "");
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.byteLength < text.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}
