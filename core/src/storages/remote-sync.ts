import { performance } from "node:perf_hooks";
import type { Backend, Oid, RefUpdate } from "../contract/backend.js";
import type { Remote } from "../git/remote.js";
import { notSent, ObjectFetcher } from "./object-fetcher.js";
import { headRef, trackedBranch, trackingRef, wantedBranch, wantedPrefixes } from "./ref-names.js";
import type { Download } from "./storage.js";

/** How often the remote is asked again because pushes overtook its answer; then what they left is served. */
const LOOKS = 3;

/**
 * The network half of a poll: asks the remote for its heads, fetches what is missing, stores objects and moves the
 * remote-tracking refs. The branches stay where they are, so this runs beside writes and rebuilds.
 */
export class RemoteSync {
  readonly #remote: Remote;
  readonly #backend: Backend;
  readonly #branch: string;
  readonly #objects: ObjectFetcher;
  #looked = false;
  #deepenedAt = Number.NEGATIVE_INFINITY;

  /** @param isWanted which files the storage reads, where the backend need not keep any others */
  constructor(remote: Remote, backend: Backend, branch: string, isWanted?: (path: string) => boolean) {
    this.#remote = remote;
    this.#backend = backend;
    this.#branch = branch;
    this.#objects = new ObjectFetcher(remote, backend, this.#isShallow ? isWanted : undefined);
  }

  async download(signal: AbortSignal): Promise<Download> {
    const started = performance.now();
    let bytes = 0;
    for (let attempt = 1; ; attempt += 1) {
      // Whoever moves these meanwhile (a push, another daemon's poll) knows more than the answer that is on its way.
      const previous = await this.tracking();
      const listed = await this.#remote.listRefs(wantedPrefixes(this.#branch), signal);
      const heads = new Map<string, Oid>();
      for (const [ref, oid] of listed.refs) {
        const name = wantedBranch(ref, this.#branch);
        if (name !== undefined) heads.set(name, oid);
      }
      const moved = [...heads].filter(([name, oid]) => previous.get(name) !== oid).map(([, oid]) => oid);
      bytes += listed.bytes + (await this.#fetch(moved, previous, signal));
      if (!this.#looked) bytes += await this.#objects.complete([...heads.values()], signal);
      this.#looked = true;
      const tracked = await this.#track(heads, previous);
      const durationMs = performance.now() - started;
      if (tracked !== "overtaken") return { heads, previous, changed: tracked === "moved", bytes, durationMs };
      if (attempt === LOOKS) return { heads: await this.tracking(), previous, changed: true, bytes, durationMs };
    }
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
    this.#deepenedAt = performance.now();
    await this.#objects.fetch({ wants: [tip], haves: [tip], depth }, signal);
    this.#deepenedAt = performance.now();
  }

  /** When older commits were last asked for, in the time of `performance.now()`. */
  get deepenedAt(): number {
    return this.#deepenedAt;
  }

  /** Whether what is here of a commit is enough to serve it. */
  async canServe(commit: Oid, signal: AbortSignal): Promise<boolean> {
    return (await this.#objects.missing([commit], signal)).length === 0;
  }

  /** A person's clone keeps its whole history; everywhere else the newest commit is enough. */
  get #isShallow(): boolean {
    return this.#backend.workTree === undefined && this.#backend.shallow !== undefined;
  }

  /** Fetches commits and what they reach, unless they are here. */
  async #fetch(wanted: readonly Oid[], previous: ReadonlyMap<string, Oid>, signal: AbortSignal): Promise<number> {
    const present = await this.#backend.objects.read(wanted, signal);
    const wants = [...new Set(wanted)].filter((oid) => !present.has(oid));
    if (wants.length === 0) return 0;
    const haves = [...new Set(previous.values())];
    const bytes = await this.#objects.fetch({ wants, haves, ...(this.#isShallow ? { depth: 1 } : {}) }, signal);
    const stored = await this.#backend.objects.read(wants, signal);
    const missing = wants.find((oid) => !stored.has(oid));
    if (missing !== undefined) throw notSent("commit", missing);
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
    if (updates.length > 0) return (await this.#backend.refs.compareAndSwap(updates)) ? "moved" : "overtaken";
    const now = await this.tracking();
    return [...previous].every(([name, oid]) => now.get(name) === oid) ? "same" : "overtaken";
  }
}
