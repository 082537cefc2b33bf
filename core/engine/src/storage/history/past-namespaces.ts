import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { LoadedState } from "@vexil/flags/compile/file-cache";
import { goodDocuments } from "@vexil/flags/compile/past-states";
import { type NamespaceSources, sortNamespaces } from "@vexil/flags/compile/sort-namespaces";
import type { FeaturesDocument } from "@vexil/flags/read/document";
import { isFeaturesPath, isWantedPath, relativePath } from "@vexil/flags/read/feature-paths";
import type { CommitInfo } from "@vexil/git/repository-view";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { GitStorage } from "../git-storage.js";
import type { EnvironmentBuilder } from "../state/environment-builder.js";
import type { FileTable } from "../state/known-heads.js";
import type { CommitLine } from "./commit-line.js";

/** Namespaces that a state has, or had when their files were good. */
export type StateNamespaces = ReadonlyMap<string, NamespaceSources>;

/** The namespaces that a faulty file had when it was last good, for a stretch of the line. */
interface Owned {
  readonly from: number;
  readonly to: number;
  readonly namespaces: readonly string[];
}

const NO_STATE: StateNamespaces = new Map();
/** No file is waited for to its end. */
const NOBODY: ReadonlySet<string> = new Set();
const TABLES_KEPT = 4;

/** The namespaces of an environment at each commit of a line, and what was served of them. */
export class PastNamespaces {
  readonly #line: CommitLine;
  readonly #info: EnvironmentInfo;
  readonly #storage: GitStorage;
  readonly #past: ReturnType<EnvironmentBuilder["past"]>;
  readonly #signal: AbortSignal;
  readonly #until: number;
  /** Places of the line whose states were not read to their end. */
  readonly #cut = new Set<number>();
  /** The latest ones, by commit. */
  readonly #tables = new Map<string, FileTable>();
  readonly #owned = new Map<string, Owned>();

  /** @param until time by `performance.now()` until which files are waited for, and older states looked for */
  constructor(line: CommitLine, info: EnvironmentInfo, storage: GitStorage, signal: AbortSignal, until: number) {
    this.#line = line;
    this.#info = info;
    this.#storage = storage;
    this.#past = storage.state.builder.past();
    this.#signal = signal;
    this.#until = until;
  }

  /** Features files of a commit. */
  async files({ oid }: CommitInfo): Promise<FileTable> {
    const known = this.#tables.get(oid);
    if (known !== undefined) return known;
    const { directory } = this.#info;
    const isFeatures = (path: string): boolean => isFeaturesPath(relativePath(directory, path) ?? "");
    const listed = await this.#storage.repository.listFiles(oid, directory, (path) => isWantedPath(directory, path));
    const files = [...listed.values()].filter(({ path }) => isFeatures(path));
    const table = new Map(files.map((file) => [file.path, file.oid]));
    this.#tables.set(oid, table);
    const [oldest] = this.#tables.keys();
    if (this.#tables.size > TABLES_KEPT && oldest !== undefined) this.#tables.delete(oldest);
    return table;
  }

  /** The namespaces at a place of the line; undefined where the past is stored no further. */
  async at(index: number): Promise<StateNamespaces | undefined> {
    const commit = await this.#line.at(index);
    if (commit === "unknown") return undefined;
    if (commit === "root") return NO_STATE;
    const { states } = this.#past;
    const files = await this.files(commit);
    const state = await states.load({ ...this.#loading(), directory: this.#info.directory, files });
    if (state.files.some(({ parsed }) => parsed.faults[0]?.unread === true)) this.#cut.add(index);
    const before = await this.#ownedBefore(state, index);
    return sortNamespaces(state, (path) => before.get(path) ?? []);
  }

  /** Tells whether there was too little time for the files of a state that was asked for. */
  isCut(index: number): boolean {
    return this.#cut.has(index);
  }

  #loading() {
    const { options } = this.#past;
    return { ...options, signal: this.#signal, hurry: { own: NOBODY, account: options.storage, until: this.#until } };
  }

  /**
   * Finds what was served of namespaces where they are faulty on the line: the newest good state below that commit.
   * @returns without those of which none was found in time
   */
  async served(namespaces: Iterable<string>, index: number): Promise<ReadonlyMap<string, readonly FeaturesDocument[]>> {
    const open = new Set(namespaces);
    const found = new Map<string, readonly FeaturesDocument[]>();
    const slice = new TimeSlice();
    const { historyDepth } = this.#storage.config.limits;
    for (let below = index + 1; open.size > 0 && below <= index + historyDepth; below += 1) {
      if (this.#isLate) break;
      const state = await this.at(below);
      if (state === undefined) break;
      for (const namespace of open) {
        const sources = state.get(namespace);
        const documents = sources === undefined ? [] : await goodDocuments(sources, slice);
        if (documents === undefined) continue;
        found.set(namespace, documents);
        open.delete(namespace);
      }
    }
    return found;
  }

  get #isLate(): boolean {
    return performance.now() > this.#until;
  }

  /** The namespaces that the faulty files of a state had when they were last good. */
  async #ownedBefore(state: LoadedState, index: number): Promise<ReadonlyMap<string, readonly string[]>> {
    const result = new Map<string, readonly string[]>();
    const open = new Set<string>();
    for (const { path, parsed } of state.files) {
      if (parsed.faults.length === 0) continue;
      const known = this.#owned.get(path);
      if (known !== undefined && known.from <= index && index <= known.to) result.set(path, known.namespaces);
      else open.add(path);
    }
    const { historyDepth } = this.#storage.config.limits;
    for (let below = index + 1; open.size > 0 && below <= index + historyDepth; below += 1) {
      if (this.#isLate) break;
      for (const [path, namespaces] of await this.#goodOf(open, below)) {
        open.delete(path);
        result.set(path, namespaces);
        this.#owned.set(path, { from: index, to: below - 1, namespaces });
      }
    }
    return result;
  }

  /** Which of these files are good, or not there, at a place of the line, with their namespaces. */
  async #goodOf(paths: ReadonlySet<string>, index: number): Promise<ReadonlyMap<string, readonly string[]>> {
    const commit = await this.#line.at(index);
    const none = new Map([...paths].map((path): [string, readonly string[]] => [path, []]));
    if (typeof commit === "string") return none;
    const table = await this.files(commit);
    const there = [...paths].flatMap((path) => {
      const oid = table.get(path);
      return oid === undefined ? [] : [{ path, oid }];
    });
    const loaded = await this.#past.states.loadFiles(there, this.#loading());
    for (const { path, namespaces, parsed } of loaded) {
      if (parsed.faults.length > 0) none.delete(path);
      else none.set(path, namespaces);
    }
    return none;
  }
}
