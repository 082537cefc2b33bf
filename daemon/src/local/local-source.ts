import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { systemClock } from "@vexil/engine/model/clock";
import type { ItemSource, SourcesQuery } from "@vexil/engine/model/engine";
import type { PastReader } from "@vexil/engine/model/past";
import { readSources } from "@vexil/engine/storage/history/item-sources";
import { KnownSources } from "@vexil/engine/storage/history/known-sources";
import { PastShelf } from "@vexil/engine/storage/past/past-shelf";
import { Timeline } from "@vexil/engine/storage/past/timeline";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { blobId } from "@vexil/git/objects/object-id";
import { openRepository } from "@vexil/git/repository";
import { type Backend, referencesOf, VexilError } from "@vexil/plugin-api";
import { openRepositoryAt, type ReadOnlyRepository } from "./open-repository.js";
import { type TwinFolders, twinFolders, twinText } from "./twin-folders.js";
import { workTreeSnapshot } from "./work-tree-snapshot.js";

/** A directory of flag files as an environment, with the history of the repository that it lies in: without a daemon. */
export interface LocalSource {
  /** Key of the one environment that there is. */
  readonly environment: string;
  /** Its past: of all branches and tags of the repository. */
  readonly past: PastReader;
  /** Its files as they lie there, committed or not. */
  workTree(signal: AbortSignal): Promise<Snapshot>;
  /** Where items are written and who changed each last. */
  sources(query: SourcesQuery): Promise<readonly ItemSource[]>;
  close(): Promise<void>;
}

const LOCAL_MS = 3_600_000;
const STORAGE = { id: "local", limits: { ...DEFAULT_FEATURE_LIMITS, packBytes: 0, historyDepth: 100_000 } };

/**
 * Opens a directory. Nothing of it is locked or written.
 * @param environment the key by which answers name it
 * @param onTwins is told, of the first state that has them, which folders hide one another's flags
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY
 */
export async function openLocal(
  directory: string,
  environment = "default",
  onTwins: (twins: TwinFolders) => void = warn,
): Promise<LocalSource> {
  const opened = await openRepositoryAt(directory);
  const builder = createSnapshotBuilder();
  const look = lookingForTwins(onTwins);
  const past = seenPast(opened === undefined ? noHistory(directory) : historyOf(opened, environment, builder), look);
  const root = opened?.directory ?? "";
  const known = new KnownSources();
  return {
    environment,
    past,
    sources: (query) =>
      readSources(query, {
        past: opened?.head === undefined ? undefined : past,
        clock: systemClock,
        historyDepth: STORAGE.limits.historyDepth,
        known,
        extents: (path, oid, bytes, places) =>
          builder.extents({ path, oid, bytes, limits: STORAGE.limits, storage: STORAGE.id }, places),
        uncommitted: (path, oid) => fileBytes(directory, root, path, oid),
      }),
    workTree: async (signal) => {
      // What is faulty stays as it was committed, as it does where a daemon serves a clone.
      const { head } = opened ?? {};
      const committed = head === undefined ? undefined : await past.snapshot(environment, head, signal);
      return look(
        await workTreeSnapshot({ root: directory, directory: root, environment, builder, committed, signal }),
      );
    },
    close: async () => {
      await builder.close();
      await opened?.backend.close();
    },
  };
}

function warn(twins: TwinFolders): void {
  process.stderr.write(`Warning: ${twinText(twins)}\n`);
}

function lookingForTwins(onTwins: (twins: TwinFolders) => void): (snapshot: Snapshot) => Snapshot {
  let isFound = false;
  return (snapshot) => {
    const twins = isFound ? undefined : twinFolders(snapshot);
    if (twins !== undefined) {
      isFound = true;
      onTwins(twins);
    }
    return snapshot;
  };
}

function seenPast(past: PastReader, look: (snapshot: Snapshot) => Snapshot): PastReader {
  return {
    resolve: (environment, expression, signal) => past.resolve(environment, expression, signal),
    snapshot: async (environment, revision, signal) => look(await past.snapshot(environment, revision, signal)),
    read: (environment, signal, work) => past.read(environment, signal, work),
  };
}

/** Content of a file as it lies there, if it is what is asked for. */
async function fileBytes(directory: string, root: string, path: string, oid: string): Promise<Uint8Array | undefined> {
  const bytes = await readFile(join(directory, relative(root, path))).catch(() => undefined);
  return bytes !== undefined && blobId(bytes) === oid ? bytes : undefined;
}

function historyOf(opened: ReadOnlyRepository, environment: string, builder: SnapshotBuilder): PastReader {
  const { backend, directory, branch = "HEAD", head } = opened;
  const info: EnvironmentInfo = {
    key: environment,
    storage: STORAGE.id,
    default: true,
    branch,
    directory,
    remote: undefined,
    base: undefined,
  };
  return new Timeline({
    storage: STORAGE,
    repository: openRepository(backend),
    builder,
    shelf: new PastShelf(builder),
    clock: systemClock,
    // Whoever waits at a terminal ends it as he likes.
    deadlineMs: LOCAL_MS,
    environment: (key) => (key === environment && head !== undefined ? { info, head } : undefined),
    served: () => undefined,
    // Whoever has the repository may read all of it.
    tips: () => tipsOf(backend, head),
  });
}

async function tipsOf({ refs, objects }: Backend, head: string | undefined): Promise<readonly string[]> {
  const tips = new Set(head === undefined ? [] : [head]);
  for (const prefix of ["refs/heads/", "refs/remotes/"]) {
    for (const oid of (await refs.list(prefix)).values()) tips.add(oid);
  }
  const tags = [...(await refs.list("refs/tags/")).values()];
  for (const { oid, type, bytes } of (await objects.read(tags)).values()) {
    for (const commit of type === "tag" ? referencesOf(type, bytes) : [oid]) tips.add(commit);
  }
  return [...tips];
}

function noHistory(directory: string): PastReader {
  const refuse = async (): Promise<never> => {
    throw new VexilError(
      "VEXIL_NOT_FOUND",
      `${directory} is in no git repository: there are only its files as they are now`,
    );
  };
  return { resolve: refuse, snapshot: refuse, read: refuse };
}
