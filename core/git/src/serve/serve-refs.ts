import type { Oid, RefName } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { FLUSH, packet } from "../protocol/pkt-line.js";
import { peeledTags } from "./tag-ends.js";
import { badRequest } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** As git itself: who names more gets all of them. */
const PREFIXES = 65_536;
const GATHERED = 32 * 1024;

/** Answers the version 2 command `ls-refs` (gitprotocol-v2(5)). */
export async function* serveRefs(source: UploadSource, lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const asked = { peel: false, symrefs: false, unborn: false };
  const prefixes: string[] = [];
  for await (const line of lines) {
    if (line.startsWith("ref-prefix ")) {
      if (prefixes.length <= PREFIXES) prefixes.push(line.slice("ref-prefix ".length));
    } else if (line === "peel" || line === "symrefs" || line === "unborn") asked[line] = true;
    else throw badRequest(`unexpected line: '${line.slice(0, 80)}'`);
  }
  const isAsked = (ref: string): boolean =>
    prefixes.length === 0 || prefixes.length > PREFIXES || prefixes.some((prefix) => ref.startsWith(prefix));
  const { head, refs } = source;
  const symbolic = asked.symrefs ? ` symref-target:${head}` : "";
  const tip = refs.get(head);
  const told: string[] = [];
  if (isAsked("HEAD") && tip !== undefined) told.push(`${tip} HEAD${symbolic}`);
  else if (isAsked("HEAD") && asked.unborn) told.push(`unborn HEAD${symbolic}`);
  const tags = asked.peel ? await peeledTags(source) : new Map<RefName, Oid>();
  const pause = timeSlice();
  for (const [ref, oid] of refs) {
    if (!isAsked(ref)) continue;
    const peeled = tags.get(ref);
    told.push(`${oid} ${ref}${peeled === undefined ? "" : ` peeled:${peeled}`}`);
    await pause();
  }
  yield* gathered(told);
  yield FLUSH;
}

/** Lines as packets, many at once. */
export async function* gathered(lines: Iterable<string>): AsyncGenerator<Uint8Array> {
  let packets: Buffer[] = [];
  let size = 0;
  for (const line of lines) {
    const one = packet(line);
    packets.push(one);
    size += one.byteLength;
    if (size < GATHERED) continue;
    yield Buffer.concat(packets);
    packets = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(packets);
}
