import type { Oid, RefName } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { inBatches } from "./in-batches.js";
import type { UploadSource } from "./upload-source.js";

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
export async function tagEnds(read: UploadSource["read"], tags: ReadonlySet<Oid>): Promise<ReadonlyMap<Oid, Oid>> {
  const pause = timeSlice();
  const named = new Map<Oid, Oid>();
  const seen = new Set(tags);
  for (let open = [...tags]; open.length > 0; ) {
    const next: Oid[] = [];
    for await (const { oid, type, bytes } of inBatches(read, open)) {
      const [target] = type === "tag" ? referencesOf(type, bytes) : [];
      if (target !== undefined) {
        named.set(oid, target);
        if (!seen.has(target)) next.push(target);
        seen.add(target);
      }
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
