import { createHash } from "node:crypto";
import type { TestsMode } from "@vexil/flags/cases/tests-mode";
import { LookBack } from "@vexil/flags/compile/look-back";
import type { OlderState } from "@vexil/flags/compile/searched-past";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildInput, BuildResult, SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
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
  readonly tests?: TestsMode;
}

/** Input of the builder for a set of files, but for the older states. */
export function inputOf(files: Files, options: BuildOptions = {}): BuildInput {
  const blobs = new Map<string, Uint8Array>();
  for (const set of [files, ...(options.older ?? [])]) {
    for (const content of Object.values(set)) blobs.set(blobId(content), Buffer.from(content));
  }
  return {
    environment: options.environment ?? "default",
    storage: "default",
    revision: options.revision ?? "f".repeat(40),
    directory: options.directory ?? "",
    files: tableOf(files),
    read: async (oids) => new Map(oids.map((oid) => [oid, blobs.get(oid) ?? new Uint8Array()])),
    previous: options.previous,
    limits: { ...DEFAULT_FEATURE_LIMITS, ...options.limits },
    ...(options.tests === undefined ? {} : { tests: options.tests }),
  };
}

function tableOf(files: Files): ReadonlyMap<string, string> {
  return new Map(Object.entries(files).map(([path, content]) => [path, blobId(content)]));
}

/** The search of the older states, which is given all the time it takes. */
export function lookBackOf(builder: SnapshotBuilder, input: BuildInput, states: readonly Files[]): LookBack {
  const { directory, limits, storage, read, tests = "off" } = input;
  const older = async function* (): AsyncGenerator<OlderState, boolean> {
    for (const [index, files] of states.entries()) yield { revision: `${index}`, files: tableOf(files) };
    return true;
  };
  return new LookBack({ older, states: builder.past(), options: { directory, limits, storage, read, tests } });
}

export function buildFrom(builder: SnapshotBuilder, files: Files, options: BuildOptions = {}): Promise<BuildResult> {
  const input = inputOf(files, options);
  if (options.older === undefined) return builder.build(input);
  const search = lookBackOf(builder, input, options.older);
  const never = new AbortController().signal;
  return builder.build({ ...input, lookBack: (sought, builtAt) => search.look(sought, builtAt, never) });
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
