import { createHash } from "node:crypto";
import { createSnapshotBuilder, type FeatureLimits, type Oid, type SnapshotBuilder } from "@vexil/core";
import type { FileSet, FoundFile } from "./collect-files.js";

/** A fault, ready to print. */
export interface FoundFault {
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly reason: string;
}

/** Every fault of the files: each file's own, and references between them that lead nowhere. */
export async function findFaults(sets: readonly FileSet[], limits: FeatureLimits): Promise<readonly FoundFault[]> {
  const builder = createSnapshotBuilder();
  try {
    const faults: FoundFault[] = [];
    for (const { files } of sets) faults.push(...(await faultsOf(files, builder, limits)));
    return faults;
  } finally {
    await builder.close();
  }
}

async function faultsOf(
  found: ReadonlyMap<string, FoundFile>,
  builder: SnapshotBuilder,
  limits: FeatureLimits,
): Promise<readonly FoundFault[]> {
  const contents = new Map<Oid, Uint8Array>();
  const files = new Map<string, Oid>();
  for (const [path, { bytes }] of found) {
    const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    contents.set(oid, bytes);
    files.set(path, oid);
  }
  const faults = new Map<string, FoundFault>();
  const add = (fault: { file: string; line?: number; column?: number; reason: string }): void => {
    const { line, column, reason } = fault;
    const file = found.get(fault.file)?.shownAs ?? fault.file;
    faults.set(JSON.stringify([file, line, column, reason]), { file, line, column, reason });
  };
  for (const [path, oid] of files) {
    if (!path.includes("/")) continue; // flipt.yaml: the build below reads it
    const parsed = await builder.parse({
      path,
      oid,
      bytes: contents.get(oid) ?? new Uint8Array(),
      limits,
      storage: "",
    });
    parsed.faults.forEach(add);
  }
  const { snapshot } = await builder.build({
    environment: "validate",
    storage: "",
    revision: "0".repeat(40),
    directory: "",
    files,
    read: async (oids) => new Map(oids.flatMap((oid) => entryOf(contents, oid))),
    previous: undefined,
    limits,
  });
  snapshot.quarantined.forEach(add);
  return [...faults.values()].sort(byPlace);
}

function entryOf(contents: ReadonlyMap<Oid, Uint8Array>, oid: Oid): readonly (readonly [Oid, Uint8Array])[] {
  const bytes = contents.get(oid);
  return bytes === undefined ? [] : [[oid, bytes]];
}

function byPlace(a: FoundFault, b: FoundFault): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
