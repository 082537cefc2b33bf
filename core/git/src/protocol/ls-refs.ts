import type { Oid, RefName } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { corrupt } from "../wire-errors.js";
import { type Capabilities, commandHead } from "./capabilities.js";
import { DELIMITER, FLUSH, type PacketReader, packet } from "./pkt-line.js";

/** The version 2 command `ls-refs` (gitprotocol-v2(5)), for refs under the given prefixes. */
export function lsRefsRequest(capabilities: Capabilities, prefixes: readonly RefName[]): Buffer {
  return Buffer.concat([
    ...commandHead("ls-refs", capabilities).map(packet),
    DELIMITER,
    ...prefixes.map((prefix) => packet(`ref-prefix ${prefix}`)),
    FLUSH,
  ]);
}

/** Its answer. Undefined when there is no answer at all: the server does not speak version 2 (any more). */
export async function readLsRefs(
  reader: PacketReader,
  prefixes: readonly RefName[],
): Promise<ReadonlyMap<RefName, Oid> | undefined> {
  const refs = new Map<RefName, Oid>();
  const pause = timeSlice();
  let first = true;
  for (;;) {
    const next = first ? await reader.next() : undefined;
    if (next?.type === "end") return undefined;
    const line = next === undefined ? await reader.line() : next.type === "data" ? textLine(next.payload) : undefined;
    first = false;
    if (line === undefined) return refs;
    const match = /^([0-9a-f]{40}|unborn) (\S+)/.exec(line);
    if (match === null) throw corrupt(reader.step, `a ref line ${JSON.stringify(line.slice(0, 80))}`);
    const [, oid = "", ref = ""] = match;
    // A server is free to ignore prefixes.
    if (oid !== "unborn" && isUnder(ref, prefixes)) refs.set(ref, oid);
    await pause();
  }
}

export function isUnder(ref: RefName, prefixes: readonly RefName[]): boolean {
  return prefixes.some((prefix) => ref.startsWith(prefix));
}

const textLine = (payload: Uint8Array): string => Buffer.from(payload).toString("utf8").trimEnd();
