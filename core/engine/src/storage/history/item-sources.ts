import type { PlacedValue } from "@vexil/flags/compile/flag-places";
import type { Extent } from "@vexil/flags/read/extents";
import type { ValuePlace } from "@vexil/flags/read/locate-values";
import { blame } from "@vexil/git/history/blame";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { atMost, within } from "../../model/deadlines.js";
import type { ItemSource, SourcesQuery } from "../../model/engine.js";
import type { PastHistory, PastReader } from "../../model/past.js";
import type { KnownSources } from "./known-sources.js";

/** Time for one question: whoever explains an answer waits for it. */
const SOURCES_MS = 8_000;
/** After a remote did not give older commits it is not asked again for so long. */
const NO_DEEPENING_MS = 60_000;
/** Commits that are searched for the one that has a version of a file which the newest has not. */
const OWNERS_SEARCHED = 200;

/** Means to find sources with. */
export interface SourceTools {
  /** undefined: there is no history, and all is as if nothing were committed. */
  readonly past: Pick<PastReader, "read"> | undefined;
  readonly clock: Clock;
  /** Commits that are looked at. */
  readonly historyDepth: number;
  /** Sources found before. */
  readonly known: KnownSources;
  extents(path: string, oid: Oid, bytes: Uint8Array, places: readonly ValuePlace[]): Promise<readonly Extent[]>;
  /** Content of a file that is not committed; absent where such are not looked at. */
  uncommitted?(path: string, oid: Oid): Promise<Uint8Array | undefined>;
}

/** Finds where items are written and who changed each last (`Engine.sources`). */
export async function readSources(query: SourcesQuery, tools: SourceTools): Promise<readonly ItemSource[]> {
  const found = new Map<PlacedValue, ItemSource>();
  const unknown = new Map<string, PlacedValue[]>();
  for (const item of query.items) {
    const source = tools.known.get(query.revision, item);
    if (source !== undefined) found.set(item, source);
    else unknown.set(fileOf(item), [...(unknown.get(fileOf(item)) ?? []), item]);
  }
  if (unknown.size > 0) {
    const { clock, past } = tools;
    const until = performance.now() + SOURCES_MS;
    const search = within(clock, SOURCES_MS, (signal) => {
      const find = async (history: PastHistory | undefined): Promise<void> => {
        const reader = new SourceReader(query, history, tools, until);
        for (const items of unknown.values()) await reader.read(items, found);
      };
      return past === undefined ? find(undefined) : past.read(query.environment, signal, find);
    });
    // What waits for something that does not heed its signal is not waited for; what was found by then is told.
    await atMost(
      clock,
      SOURCES_MS,
      search.catch(() => undefined),
    );
  }
  return query.items.map((item) => found.get(item) ?? { file: item.file });
}

const fileOf = ({ file, oid }: PlacedValue): string => `${oid} ${file}`;

class SourceReader {
  readonly #query: SourcesQuery;
  readonly #history: PastHistory | undefined;
  readonly #tools: SourceTools;
  readonly #until: number;

  constructor(query: SourcesQuery, history: PastHistory | undefined, tools: SourceTools, until: number) {
    this.#query = query;
    this.#history = history;
    this.#tools = tools;
    this.#until = until;
  }

  /** Finds the sources of items of one version of a file. */
  async read(items: readonly PlacedValue[], found: Map<PlacedValue, ItemSource>): Promise<void> {
    const { file, oid } = items[0] as PlacedValue;
    const { known } = this.#tools;
    const history = this.#history;
    const committed = (await history?.repository.readBlobs([oid]).catch(() => undefined))?.get(oid);
    const bytes = committed ?? (await this.#tools.uncommitted?.(file, oid));
    if (bytes === undefined) return;
    const places = items.map(({ place }) => place);
    const extents = await this.#tools.extents(file, oid, bytes, places);
    for (const [index, item] of items.entries()) found.set(item, sourceOf(file, extents[index], undefined));
    if (extents.length === 0 || history === undefined) return;
    const changes = await this.#changes(history, { file, oid }, bytes, extents);
    for (const [index, item] of items.entries()) {
      const source = sourceOf(file, extents[index], changes[index]);
      found.set(item, source);
      if (source.change !== undefined) known.set(this.#query.revision, item, source);
    }
  }

  async #changes(
    history: PastHistory,
    { file: path, oid }: Pick<PlacedValue, "file" | "oid">,
    bytes: Uint8Array,
    extents: readonly Extent[],
  ): Promise<readonly (CommitInfo | undefined)[]> {
    const { repository, head } = history;
    const revision = await repository.readCommit(this.#query.revision);
    const start = revision?.oid ?? head;
    const owner = await this.#owner(history, start, { file: path, oid });
    const source = {
      fileAt: (at: Oid, name: string) => repository.fileAt(at, name),
      readBlobs: (oids: readonly Oid[]) => repository.readBlobs(oids),
      commit: (at: Oid) => this.#commit(history, at),
    };
    return blame(source, {
      // What no commit has is an edit of what the newest has.
      ...(owner === undefined ? { commit: start, content: bytes } : { commit: owner }),
      path,
      ranges: extents.map(({ firstLine, lastLine }) => ({ first: firstLine, last: lastLine })),
      most: this.#tools.historyDepth,
      isOver: () => this.#isOver(),
    });
  }

  /** The newest commit of the line that has this version of a file: a faulty one may have come after it. */
  async #owner(
    history: PastHistory,
    start: Oid,
    { file, oid }: Pick<PlacedValue, "file" | "oid">,
  ): Promise<Oid | undefined> {
    let commit = await this.#commit(history, start);
    for (let count = 0; commit !== undefined && count < OWNERS_SEARCHED && !this.#isOver(); count += 1) {
      if ((await history.repository.fileAt(commit.oid, file)) === oid) return commit.oid;
      const [parent] = commit.parents;
      commit = parent === undefined ? undefined : await this.#commit(history, parent);
    }
    return undefined;
  }

  #isOver(): boolean {
    return performance.now() > this.#until;
  }

  /** A commit, fetched if it has to be and the remote gives it. */
  async #commit(history: PastHistory, oid: Oid): Promise<CommitInfo | undefined> {
    const stored = await history.repository.readCommit(oid);
    const { known, clock } = this.#tools;
    if (stored !== undefined || clock.elapsed() < known.noFetchesBefore) return stored;
    const fetched = await history.commit(oid).catch(() => undefined);
    if (fetched === undefined) known.noFetchesBefore = clock.elapsed() + NO_DEEPENING_MS;
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
