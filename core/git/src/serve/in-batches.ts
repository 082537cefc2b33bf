import type { GitObject, Oid } from "@vexil/plugin-api";
import { BatchSizes } from "./batch-sizes.js";
import type { UploadSource } from "./upload-source.js";

/** Reads objects of which nothing is known yet, a few at a time: anybody may name large ones. Those that are not here are left out. */
export async function* inBatches(read: UploadSource["read"], oids: readonly Oid[]): AsyncGenerator<GitObject> {
  const sizes = new BatchSizes();
  for (let at = 0; at < oids.length; ) {
    const batch = oids.slice(at, at + sizes.of("blob"));
    at += batch.length;
    for (const object of (await read(batch)).values()) {
      sizes.saw({ ...object, type: "blob" });
      yield object;
    }
  }
}
