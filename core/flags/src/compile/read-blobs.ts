import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { FileVersion } from "./kept-files.js";

export type ReadBlobs = (oids: readonly Oid[]) => Promise<ReadonlyMap<Oid, Uint8Array>>;

/** Has a blob later on; undefined: it is there no more. It holds nothing but what it is given. */
export function blobAgain(oid: Oid, read: ReadBlobs): () => Promise<Uint8Array | undefined> {
  return async () => (await read([oid]).catch(() => undefined))?.get(oid);
}

export function bytesOf({ path, oid }: FileVersion, blobs: ReadonlyMap<Oid, Uint8Array>): Uint8Array {
  const bytes = blobs.get(oid);
  if (bytes !== undefined) return bytes;
  throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `the blob ${oid} of ${path} is missing in the storage`, {
    details: { step: "backend" },
  });
}
