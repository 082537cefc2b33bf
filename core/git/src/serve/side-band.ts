import { packet } from "../protocol/pkt-line.js";

/** How the pack is carried: as it is, or in packets of so many bytes at most, the band's number included. */
export type SideBand = undefined | 1000 | 65_520;

/** Bytes that are sent as they are are gathered too: an answer in small pieces costs more. */
const GATHERED = 32 * 1024;

/** Carries a pack in band 1 (gitprotocol-pack(5)). */
export async function* inSideBand(pack: AsyncIterable<Uint8Array>, band: SideBand): AsyncGenerator<Uint8Array> {
  const most = band === undefined ? GATHERED : band - 5;
  let parts: Uint8Array[] = [];
  let size = 0;
  const carried = (bytes: Uint8Array): Uint8Array => (band === undefined ? bytes : inBand(1, bytes));
  for await (const part of pack) {
    let rest = part;
    while (size + rest.byteLength >= most) {
      const taken = most - size;
      yield carried(Buffer.concat([...parts, rest.subarray(0, taken)]));
      rest = rest.subarray(taken);
      parts = [];
      size = 0;
    }
    if (rest.byteLength === 0) continue;
    parts.push(rest);
    size += rest.byteLength;
  }
  if (size > 0) yield carried(Buffer.concat(parts));
}

/** A packet of a band: 1 the pack, 2 what people are told, 3 why it ends. */
export function inBand(band: 1 | 2 | 3, content: Uint8Array | string): Uint8Array {
  return packet(Buffer.concat([Buffer.of(band), Buffer.from(content)]));
}
