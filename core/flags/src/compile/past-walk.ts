import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import { namespacesByFolder } from "../cases/beside.js";
import { folderOf, isCasesPath } from "../read/feature-paths.js";
import { compileNamespace } from "./compile-namespace.js";
import { failingNamespaces, NO_TESTS, type TestedFiles } from "./enforce-tests.js";
import type { LoadedState } from "./file-cache.js";
import type { LookProgress, OlderState, Past, Sought, WalkedPast } from "./searched-past.js";
import type { NamespaceSnapshot } from "./snapshot.js";
import { sortNamespaces } from "./sort-namespaces.js";

/** Files of a state that are not read for lack of time are waited for so long; then they count as faulty. */
const UNREAD_MS = 60_000;

/** A state with what came of those of its tests that matter. */
interface TestedState extends LoadedState {
  readonly tested: TestedFiles;
}

/** One way through the past, in search of certain things: it stops when its time is up, and goes on from there. */
export class PastWalk {
  readonly #past: WalkedPast;
  readonly #sought: Sought;
  /** Namespaces that were ever looked for; those of files that were found are added. */
  readonly #asked: Set<string>;
  readonly #wanted: Set<string>;
  readonly #open: Set<string>;
  readonly #namespaces = new Map<string, NamespaceSnapshot>();
  readonly #files = new Map<string, readonly string[]>();
  /** Namespaces that tests files are for, in the present and in the states that were looked through. */
  readonly #tests: Map<string, Set<string>>;
  /** States that were looked through: they are passed over when the past has become longer. */
  readonly #seen = new Set<Oid>();
  #revision: Oid | undefined;
  #states: AsyncIterator<OlderState, boolean> | undefined;
  /** The state that is looked through now. */
  #here: OlderState | undefined;
  #unreadSince: number | undefined;
  /** Some states could not be looked through, since their files are gone from the store. */
  #isTorn = false;
  #progress: LookProgress = "cut";
  #late: AbortSignal = AbortSignal.abort();
  #going: Promise<void> | undefined;

  constructor(past: WalkedPast, sought: Sought) {
    this.#past = past;
    this.#sought = sought;
    this.#asked = new Set(sought.namespaces);
    this.#wanted = new Set(sought.namespaces);
    this.#open = new Set(sought.files);
    this.#tests = new Map([...(sought.tests ?? [])].map(([path, namespaces]) => [path, new Set(namespaces)]));
  }

  /** Tells whether all of this has been looked for from the start. */
  covers({ namespaces, files, paths }: Sought): boolean {
    return (
      isWithin(namespaces, this.#asked) && isWithin(files, this.#sought.files) && isWithin(paths, this.#sought.paths)
    );
  }

  /**
   * Goes on until everything is found, the past ends or `late` aborts. A state whose files are being parsed then is
   * finished all the same, while nobody waits for it.
   */
  async go(builtAt: number, late: AbortSignal): Promise<Past> {
    this.#late = late;
    if (!late.aborted && this.#progress !== "exhausted") {
      this.#going ??= this.#run(builtAt).finally(() => {
        this.#going = undefined;
      });
      this.#going.catch(() => undefined);
      await Promise.race([this.#going, aborted(late)]);
    }
    return {
      namespaces: new Map(this.#namespaces),
      files: new Map(this.#files),
      revision: this.#revision,
      progress: this.#going === undefined ? this.#progress : "cut",
    };
  }

  async #run(builtAt: number): Promise<void> {
    const slice = new TimeSlice();
    this.#progress = "cut";
    while (!this.#late.aborted) {
      const state = this.#here ?? (await this.#next());
      if (state === undefined) return;
      this.#here = state;
      const loaded = await this.#load(state, slice);
      if (loaded !== undefined && this.#waitsFor(loaded)) {
        this.#progress = "unread";
        return;
      }
      this.#here = undefined;
      this.#unreadSince = undefined;
      if (loaded !== undefined) {
        await this.#lookThrough(state, loaded, builtAt, slice);
        this.#seen.add(state.revision);
      }
      if (this.#wanted.size === 0 && this.#open.size === 0) {
        this.#progress = "exhausted";
        return;
      }
      if (slice.due) await slice.next();
    }
  }

  /** The next state that was not looked through; undefined at the end, of which the progress tells more. */
  async #next(): Promise<OlderState | undefined> {
    this.#states ??= this.#past.older(this.#sought.paths);
    for (;;) {
      const { done, value } = await this.#states.next();
      if (done === true) {
        this.#states = undefined;
        this.#progress = value && !this.#isTorn ? "exhausted" : "stored";
        this.#isTorn = false;
        return undefined;
      }
      if (!this.#seen.has(value.revision)) return value;
    }
  }

  /** Tells whether files of the state that were not read to their end may be read soon. */
  #waitsFor({ files, tested }: TestedState): boolean {
    const isRead = files.every(({ parsed }) => parsed.unread !== true);
    if (isRead && [...tested.values()].every(({ unread }) => unread !== true)) return false;
    this.#unreadSince ??= performance.now();
    return performance.now() - this.#unreadSince < UNREAD_MS;
  }

  async #lookThrough(state: OlderState, loaded: TestedState, builtAt: number, slice: TimeSlice): Promise<void> {
    for (const { path, parsed, namespaces } of loaded.files) {
      if (this.#open.has(path) && parsed.faults.length === 0) this.#found(path, namespaces);
    }
    if (this.#isEnforced) this.#findTests(state, loaded);
    for (const [path, { namespaces }] of loaded.tested) {
      this.#tests.set(path, new Set([...(this.#tests.get(path) ?? []), ...namespaces]));
    }
    const failing = failingNamespaces(loaded.tested);
    const sorted = sortNamespaces(loaded, () => []);
    for (const key of this.#wanted) {
      const sources = sorted.get(key);
      if (sources === undefined || sources.badFiles.length > 0 || failing.has(key)) continue;
      const result = await compileNamespace(sources.documents, builtAt, slice);
      if (!("namespace" in result)) continue;
      this.#namespaces.set(key, result.namespace);
      this.#wanted.delete(key);
      this.#revision = state.revision;
    }
  }

  /** Tests files that pass here, or are not here yet: they are for what is beside them. */
  #findTests({ files }: OlderState, { files: features, tested }: TestedState): void {
    const paths = [...this.#open].filter(isCasesPath);
    if (paths.length === 0) return;
    const folders = namespacesByFolder(features);
    for (const path of paths) {
      const file = tested.get(path);
      const isGood = file === undefined ? !files.has(path) : file.failing.size === 0 && !file.hasUnplaced;
      if (isGood) this.#found(path, [...(folders.get(folderOf(path)) ?? [])]);
    }
  }

  #found(path: string, namespaces: readonly string[]): void {
    this.#open.delete(path);
    this.#files.set(path, namespaces);
    for (const key of namespaces) {
      this.#asked.add(key);
      if (!this.#namespaces.has(key)) this.#wanted.add(key);
    }
  }

  get #isEnforced(): boolean {
    return this.#past.options.tests === "enforce";
  }

  /** @returns undefined where its files are gone from the store already */
  async #load({ files }: OlderState, slice: TimeSlice): Promise<TestedState | undefined> {
    const input = { ...this.#past.options, files };
    const { states } = this.#past;
    try {
      const loaded = await states.load(input);
      const sought = { namespaces: this.#wanted, paths: this.#open, known: this.#tests };
      return { ...loaded, tested: this.#isEnforced ? await states.test(loaded, input, sought, slice) : NO_TESTS };
    } catch (error) {
      if (!VexilError.is(error) || error.code !== "VEXIL_UNAVAILABLE_CORRUPT") throw error;
      this.#isTorn = true;
      return undefined;
    }
  }
}

function isWithin(keys: Iterable<string>, all: ReadonlySet<string>): boolean {
  for (const key of keys) if (!all.has(key)) return false;
  return true;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
