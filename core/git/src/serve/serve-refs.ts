import type { Oid, RefName } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { FLUSH, packet } from "../protocol/pkt-line.js";
import { inBatches } from "./in-batches.js";
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

/** Objects that annotated tags stand for in the end. */
export async function peeledTags({ refs, read }: UploadSource): Promise<ReadonlyMap<RefName, Oid>> {
  const tags = [...refs].filter(([ref]) => ref.startsWith("refs/tags/"));
  const ends = await tagEnds(read, new Set(tags.map(([, oid]) => oid)));
  return new Map(
    tags.flatMap(([ref, oid]) => {
      const end = ends.get(oid);
      return end === undefined ? [] : [[ref, end] as const];
    }),
  );
}

/** Each tag, those that tags stand for among them, with what it stands for in the end: any number may lead to the same. */
async function tagEnds(read: UploadSource["read"], tags: ReadonlySet<Oid>): Promise<ReadonlyMap<Oid, Oid>> {
  const pause = timeSlice();
  const named = new Map<Oid, Oid>();
  for (let open = tags; open.size > 0; ) {
    const next = new Set<Oid>();
    for await (const { oid, type, bytes } of inBatches(read, [...open])) {
      const [target] = type === "tag" ? referencesOf(type, bytes) : [];
      if (target !== undefined) named.set(oid, target);
      if (target !== undefined && !named.has(target)) next.add(target);
      await pause();
    }
    open = next;
  }
  const ends = new Map<Oid, Oid>();
  for (const tag of named.keys()) {
    const passed: Oid[] = [];
    let at = tag;
    for (let next = named.get(at); next !== undefined; next = named.get(at)) {
      passed.push(at);
      at = ends.get(at) ?? next;
      await pause();
    }
    for (const oid of passed) ends.set(oid, at);
  }
  return ends;
}
