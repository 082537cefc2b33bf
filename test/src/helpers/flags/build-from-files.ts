import { createHash } from "node:crypto";
import { createSnapshotBuilder } from "@vexil/flags/compile/create-snapshot-builder";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildInput, BuildResult, OlderState, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { DEFAULT_FEATURE_LIMITS, type FeatureLimits } from "@vexil/flags/read/document";

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** The id git gives these bytes as a blob. */
export function blobId(content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

export interface BuildOptions {
  readonly previous?: Snapshot;
  readonly directory?: string;
  readonly limits?: Partial<FeatureLimits>;
  readonly revision?: string;
  /** Older states, newest first. */
  readonly older?: readonly Files[];
  readonly environment?: string;
}

/** Input of the builder for a set of files. */
export function inputOf(files: Files, options: BuildOptions = {}): BuildInput {
  const blobs = new Map<string, Uint8Array>();
  const table = (set: Files): Map<string, string> => {
    for (const content of Object.values(set)) blobs.set(blobId(content), Buffer.from(content));
    return new Map(Object.entries(set).map(([path, content]) => [path, blobId(content)]));
  };
  const older = options.older?.map((set, index): OlderState => ({ revision: `${index}`, files: table(set) }));
  return {
    environment: options.environment ?? "default",
    storage: "default",
    revision: options.revision ?? "f".repeat(40),
    directory: options.directory ?? "",
    files: table(files),
    read: async (oids) => new Map(oids.map((oid) => [oid, blobs.get(oid) ?? new Uint8Array()])),
    previous: options.previous,
    limits: { ...DEFAULT_FEATURE_LIMITS, ...options.limits },
    ...(older === undefined
      ? {}
      : {
          olderStates: async function* () {
            yield* older;
          },
        }),
  };
}

export function buildFrom(builder: SnapshotBuilder, files: Files, options?: BuildOptions): Promise<BuildResult> {
  return builder.build(inputOf(files, options));
}

/** One build with a builder of its own. */
export async function buildOnce(files: Files, options?: BuildOptions): Promise<BuildResult> {
  const builder = createSnapshotBuilder();
  try {
    return await buildFrom(builder, files, options);
  } finally {
    await builder.close();
  }
}
