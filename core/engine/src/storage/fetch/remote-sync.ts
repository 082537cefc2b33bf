import { setImmediate as nextTurn } from "node:timers/promises";
import { timeSlice } from "@vexil/git/objects/time-slice";
import type { Remote } from "@vexil/git/remote/remote";
import type { Backend, Oid, RefUpdate } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { chunks } from "../chunks.js";
import { headRef, trackedBranch, trackingRef, wantedBranch, wantedPrefixes } from "../ref-names.js";
import type { Download } from "../step-context.js";
import { notSent, ObjectFetcher } from "./object-fetcher.js";

/** How often the remote is asked again because pushes overtook its answer; then what they left is served. */
const LOOKS = 3;

/** Commits asked for at once, or said to be here. */
const COMMITS_AT_ONCE = 1_000;
/** Refs that are moved together. */
const REFS_AT_ONCE = 100;

/** Which of a storage's files and branches the network half is to bring; all of them unless it is said. */
export interface Wanted {
  /** Which files the storage reads, where the backend need not keep any others. */
  readonly file?: (path: string) => boolean;
  /** Which of the remote's branches, given by their short names, are followed; the others are left alone. */
  readonly branches?: (names: Iterable<string>) => Promise<ReadonlySet<string>>;
}

/**
 * The network half of a poll: asks the remote for its heads, fetches what is missing, stores objects and moves the
 * remote-tracking refs. The branches stay where they are, so this runs beside writes and rebuilds.
 */
export class RemoteSync {
  readonly #remote: Remote;
  readonly #backend: Backend;
  readonly #branch: string;
  readonly #clock: Clock;
  readonly #objects: ObjectFetcher;
  readonly #wanted: Wanted;
  #looked = false;
  /** When all refs were asked for last. */
  #listedAt = Number.NEGATIVE_INFINITY;
  #deepenedAt = Number.NEGATIVE_INFINITY;

  constructor(remote: Remote, backend: Backend, branch: string, clock: Clock, wanted: Wanted = {}) {
    this.#remote = remote;
    this.#backend = backend;
    this.#branch = branch;
    this.#clock = clock;
    this.#wanted = wanted;
    this.#objects = new ObjectFetcher(remote, backend, this.#isShallow ? wanted.file : undefined);
  }

  async download(signal: AbortSignal): Promise<Download> {
    const started = this.#clock.elapsed();
    let bytes = 0;
    for (let attempt = 1; ; attempt += 1) {
      // Whoever moves these meanwhile (a push, another daemon's poll) knows more than the answer that is on its way.
      const before = await this.tracking();
      this.#listedAt = this.#clock.elapsed();
      const listed = await this.#remote.listRefs(wantedPrefixes(this.#branch), signal);
      const { heads, others } = await this.#choose(listed.refs);
      const previous = without(before, others);
      const moved = [...heads].filter(([name, oid]) => previous.get(name) !== oid).map(([, oid]) => oid);
      bytes += listed.bytes + (await this.#fetch(moved, previous, signal));
      if (!this.#looked) bytes += await this.#objects.complete([...new Set(heads.values())], signal);
      this.#looked = true;
      const tracked = await this.#track(heads, previous);
      const durationMs = this.#clock.elapsed() - started;
      if (tracked !== "overtaken") return { heads, previous, changed: tracked === "moved", bytes, durationMs };
      if (attempt === LOOKS) {
        return { heads: without(await this.tracking(), others), previous, changed: true, bytes, durationMs };
      }
    }
  }

  /**
   * As {@link download}, of branches that are followed already: one request, where the remote can be asked so.
   * @param mostMs all refs were looked at no longer ago
   * @returns undefined where all of them are to be looked at
   */
  async downloadBranches(
    names: ReadonlySet<string>,
    mostMs: number,
    signal: AbortSignal,
  ): Promise<Download | undefined> {
    const started = this.#clock.elapsed();
    if (!this.#looked || !this.#isShallow || started - this.#listedAt >= mostMs) return undefined;
    const before = await this.tracking();
    const previous = new Map<string, Oid>();
    for (const name of [this.#branch, ...names]) {
      const oid = before.get(name);
      if (oid === undefined) return undefined;
      previous.set(name, oid);
    }
    const haves = [...new Set(before.values())].sort().slice(0, COMMITS_AT_ONCE);
    const fetched = await this.#objects.fetchRefs([...names].map(headRef), haves, signal);
    if (fetched === undefined) return undefined;
    const heads = new Map(previous);
    for (const name of names) {
      const oid = fetched.refs.get(headRef(name));
      if (oid === undefined) return undefined;
      heads.set(name, oid);
    }
    const wanted = [...new Set(heads.values())];
    if ((await this.#backend.objects.read(wanted, signal)).size < wanted.length) return undefined;
    const tracked = await this.#track(heads, previous);
    if (tracked === "overtaken") return undefined;
    const durationMs = this.#clock.elapsed() - started;
    return { heads, previous, changed: tracked === "moved", bytes: fetched.bytes, durationMs };
  }

  /** The remote's heads that are followed, and the names of those that are not, the storage's branch first. */
  async #choose(refs: ReadonlyMap<string, Oid>): Promise<{
    readonly heads: ReadonlyMap<string, Oid>;
    readonly others: ReadonlySet<string>;
  }> {
    const heads = new Map<string, Oid>();
    const own = refs.get(headRef(this.#branch));
    if (own !== undefined) heads.set(this.#branch, own);
    const pause = timeSlice();
    for (const [ref, oid] of refs) {
      const name = wantedBranch(ref, this.#branch);
      if (name !== undefined) heads.set(name, oid);
      await pause();
    }
    const followed = await this.#wanted.branches?.(heads.keys());
    const others = new Set<string>();
    for (const name of heads.keys()) if (followed?.has(name) === false) others.add(name);
    return { heads: without(heads, others), others };
  }

  /** Where the remote's branches stood at the last download, by short name. */
  async tracking(): Promise<ReadonlyMap<string, Oid>> {
    const tracking = new Map<string, Oid>();
    for (const [ref, oid] of await this.#backend.refs.list("refs/remotes/origin/")) {
      const name = trackedBranch(ref);
      if (name !== undefined && wantedBranch(headRef(name), this.#branch) !== undefined) tracking.set(name, oid);
    }
    return tracking;
  }

  /** Fetches older commits of `tip`, so that about `depth` of them are stored. */
  async deepen(tip: Oid, depth: number, signal: AbortSignal): Promise<void> {
    // Both before and after: a prune may come in between, and the reader begins when this ends.
    this.#deepenedAt = this.#clock.elapsed();
    await this.#objects.fetch({ wants: [tip], haves: [tip], depth }, signal);
    this.#deepenedAt = this.#clock.elapsed();
  }

  /** When older commits were last asked for, in the time of `Clock.elapsed()`. */
  get deepenedAt(): number {
    return this.#deepenedAt;
  }

  /** Tells whether enough of a commit is stored to serve it. */
  async canServe(commit: Oid, signal: AbortSignal): Promise<boolean> {
    return (await this.#objects.missing([commit], signal)).length === 0;
  }

  /** A user's clone keeps its whole history; everywhere else the newest commit is enough. */
  get #isShallow(): boolean {
    return this.#backend.workTree === undefined && this.#backend.shallow !== undefined;
  }

  /** Fetches commits and what they reach, unless they are here. */
  async #fetch(wanted: readonly Oid[], previous: ReadonlyMap<string, Oid>, signal: AbortSignal): Promise<number> {
    const haves = [...new Set(previous.values())].slice(0, COMMITS_AT_ONCE);
    const depth = this.#isShallow ? { depth: 1 } : {};
    let bytes = 0;
    for (const commits of chunks([...new Set(wanted)], COMMITS_AT_ONCE)) {
      const present = await this.#backend.objects.read(commits, signal);
      const wants = commits.filter((oid) => !present.has(oid));
      if (wants.length === 0) continue;
      bytes += await this.#objects.fetch({ wants, haves, ...depth }, signal);
      const stored = await this.#backend.objects.read(wants, signal);
      const missing = wants.find((oid) => !stored.has(oid));
      if (missing !== undefined) throw notSent("commit", missing);
    }
    return bytes;
  }

  /** Moves the remote-tracking refs to what the remote has, unless somebody else moved them since the look before. */
  async #track(
    heads: ReadonlyMap<string, Oid>,
    previous: ReadonlyMap<string, Oid>,
  ): Promise<"same" | "moved" | "overtaken"> {
    const updates: RefUpdate[] = [];
    for (const name of new Set([...heads.keys(), ...previous.keys()])) {
      // The storage's own branch is not forgotten when it vanishes: its state stays, and its return is recognised.
      if (!heads.has(name) && name === this.#branch) continue;
      if (previous.get(name) === heads.get(name)) continue;
      updates.push({ ref: trackingRef(name), old: previous.get(name), new: heads.get(name), reason: "fetch" });
    }
    if (updates.length > 0) {
      for (const some of chunks(updates, REFS_AT_ONCE)) {
        if (!(await this.#backend.refs.compareAndSwap(some))) return "overtaken";
        await nextTurn();
      }
      return "moved";
    }
    const now = await this.tracking();
    return [...previous].every(([name, oid]) => now.get(name) === oid) ? "same" : "overtaken";
  }
}

function without(heads: ReadonlyMap<string, Oid>, names: ReadonlySet<string>): ReadonlyMap<string, Oid> {
  return names.size === 0 ? heads : new Map([...heads].filter(([name]) => !names.has(name)));
}
