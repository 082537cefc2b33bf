import type { PlacedValue } from "@vexil/flags/compile/flag-places";
import type { Extent } from "@vexil/flags/read/extents";
import { blame } from "@vexil/git/history/blame";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { atMost, within } from "../../model/deadlines.js";
import type { ItemSource, SourcesQuery } from "../../model/engine.js";
import type { GitStorage } from "../git-storage.js";
import { CommitLine } from "./commit-line.js";
import { KnownSources } from "./known-sources.js";

/** Time for one question: whoever explains an answer waits for it. */
const SOURCES_MS = 4_000;
/** After a remote did not give older commits it is not asked again for so long. */
const NO_DEEPENING_MS = 60_000;
/** Commits that are searched for the one that has a version of a file which the newest has not. */
const OWNERS_SEARCHED = 200;

type File = Pick<PlacedValue, "file" | "oid">;

/** Places of a storage's items, and when its remote last failed to give older commits. */
interface Kept {
  readonly known: KnownSources;
  notBefore: number;
}

const kept = new WeakMap<GitStorage, Kept>();

/** Finds where items are written and who changed each last (`Engine.sources`). */
export async function readSources(
  query: SourcesQuery,
  storage: GitStorage,
  clock: Clock,
): Promise<readonly ItemSource[]> {
  const memory = kept.get(storage) ?? { known: new KnownSources(), notBefore: 0 };
  kept.set(storage, memory);
  const byFile = new Map<string, PlacedValue[]>();
  for (const item of query.items) {
    const id = `${item.oid} ${item.file}`;
    const items = byFile.get(id);
    if (items === undefined) byFile.set(id, [item]);
    else items.push(item);
  }
  const found = new Map<PlacedValue, ItemSource>();
  const until = performance.now() + SOURCES_MS;
  const search = within(clock, SOURCES_MS, async (signal) => {
    const reader = new SourceReader(query, storage, memory, clock, until, signal);
    for (const items of byFile.values()) await reader.read(items, found);
  });
  // What waits for something that does not heed its signal is not waited for; what was found by then is told.
  await atMost(
    clock,
    SOURCES_MS,
    search.catch(() => undefined),
  );
  return query.items.map((item) => found.get(item) ?? { file: item.file });
}

class SourceReader {
  readonly #query: SourcesQuery;
  readonly #storage: GitStorage;
  readonly #memory: Kept;
  readonly #clock: Clock;
  readonly #until: number;
  readonly #line: CommitLine;

  constructor(
    query: SourcesQuery,
    storage: GitStorage,
    memory: Kept,
    clock: Clock,
    until: number,
    signal: AbortSignal,
  ) {
    this.#query = query;
    this.#storage = storage;
    this.#memory = memory;
    this.#clock = clock;
    this.#until = until;
    this.#line = new CommitLine(storage, query.environment, signal);
  }

  /** Finds the sources of items of one version of a file. */
  async read(items: readonly PlacedValue[], found: Map<PlacedValue, ItemSource>): Promise<void> {
    const { known } = this.#memory;
    const { revision } = this.#query;
    const unknown: PlacedValue[] = [];
    for (const item of items) {
      const source = known.get(revision, item);
      if (source === undefined) unknown.push(item);
      else found.set(item, source);
    }
    const [first] = unknown;
    if (first === undefined) return;
    const { file, oid } = first;
    const { repository, state } = this.#storage;
    const bytes = (await repository.readBlobs([oid]).catch(() => undefined))?.get(oid);
    // An edit that is not committed is not stored, either.
    if (bytes === undefined) return;
    const places = unknown.map(({ place }) => place);
    const extents = await state.builder.extents(file, oid, bytes, places);
    for (const [index, item] of unknown.entries()) found.set(item, sourceOf(file, extents[index], undefined));
    const commit = await this.#owner(first);
    if (commit === undefined || extents.length === 0) return;
    const ranges = extents.map(({ firstLine, lastLine }) => ({ first: firstLine, last: lastLine }));
    const changes = await blame(
      {
        fileAt: (at, path) => repository.fileAt(at, path),
        readBlobs: (oids) => repository.readBlobs(oids),
        commit: (at) => this.#commit(at),
      },
      { commit, path: file, ranges, most: this.#storage.config.limits.historyDepth, isOver: () => this.#isOver() },
    );
    for (const [index, item] of unknown.entries()) {
      const source = sourceOf(file, extents[index], changes[index]);
      found.set(item, source);
      if (source.change !== undefined) known.set(revision, item, source);
    }
  }

  /** The newest commit of the line that has this version of a file: a faulty one may have come after it. */
  async #owner({ file, oid }: File): Promise<Oid | undefined> {
    let commit = await this.#commit(this.#query.revision);
    for (let count = 0; commit !== undefined && count < OWNERS_SEARCHED && !this.#isOver(); count += 1) {
      if ((await this.#storage.repository.fileAt(commit.oid, file)) === oid) return commit.oid;
      const [parent] = commit.parents;
      commit = parent === undefined ? undefined : await this.#commit(parent);
    }
    return undefined;
  }

  #isOver(): boolean {
    return performance.now() > this.#until;
  }

  /** A commit, fetched if it has to be and the remote gives it. */
  async #commit(oid: Oid): Promise<CommitInfo | undefined> {
    const stored = await this.#storage.repository.readPastCommit(oid);
    if (stored !== undefined || this.#clock.elapsed() < this.#memory.notBefore) return stored;
    const fetched = await this.#line.read(oid).catch(() => undefined);
    if (fetched === undefined) this.#memory.notBefore = this.#clock.elapsed() + NO_DEEPENING_MS;
    return fetched;
  }
}

function sourceOf(file: string, extent: Extent | undefined, commit: CommitInfo | undefined): ItemSource {
  if (extent === undefined) return { file };
  const { line, column } = extent;
  if (commit === undefined) return { file, line, column };
  const { name, email, timestampMs } = commit.author;
  return { file, line, column, change: { commit: commit.oid, author: name, email, timestampMs } };
}
