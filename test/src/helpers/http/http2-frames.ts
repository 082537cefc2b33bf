import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";
import type { Scope } from "../files/temporary-directory.js";

/** Types of frames (RFC 9113 §6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7, continuation: 9 } as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;
const HEAD_BYTES = 9;

/** A connection that has chosen HTTP/2, on which the test writes frames itself; what comes is thrown away. */
export async function rawHttp2(scope: Scope, url: string, ca: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca, ALPNProtocols: ["h2"] });
  scope.teardown(() => socket.destroy());
  socket.on("error", () => {});
  socket.resume();
  await once(socket, "secureConnect");
  return socket;
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Listens to a connection from now on, and tells the frames that have come so far, each with all its payload. */
export function framesOf(socket: TLSSocket): () => Frame[] {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => {
    const frames: Frame[] = [];
    const bytes = Buffer.concat(chunks);
    for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const [type, flags, stream] = [bytes.readUInt8(at + 3), bytes.readUInt8(at + 4), bytes.readUInt32BE(at + 5)];
      frames.push({ type, flags, stream, payload: bytes.subarray(at + HEAD_BYTES, end) });
      at = end;
    }
    return frames;
  };
}

/** Bytes that a client sends first. */
export const OPENING = Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(FRAME.settings, 0, 0)]);

/** Fields as literals that enter no table (RFC 7541 §6.2.2). */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  return Buffer.concat(
    Object.entries(fields).map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])),
  );
}
