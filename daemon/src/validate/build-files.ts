import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { FeatureLimits } from "@vexil/flags/read/document";
import { blobId } from "@vexil/git/objects/object-id";
import type { Oid } from "@vexil/plugin-api";
import type { FoundFile } from "./collect-files.js";

/** Builds files that were found, of no commit and with nothing before them. */
export async function buildFiles(
  found: Iterable<readonly [path: string, file: FoundFile]>,
  environment: string,
  builder: SnapshotBuilder,
  limits: FeatureLimits,
): Promise<Snapshot> {
  const contents = new Map<Oid, Uint8Array>();
  const files = new Map<string, Oid>();
  for (const [path, { bytes }] of found) {
    files.set(path, blobId(bytes));
    contents.set(blobId(bytes), bytes);
  }
  const { snapshot } = await builder.build({
    environment,
    storage: "",
    revision: "0".repeat(40),
    directory: "",
    files,
    read: async () => contents,
    previous: undefined,
    limits,
  });
  return snapshot;
}
