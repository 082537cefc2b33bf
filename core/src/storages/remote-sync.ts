import { performance } from "node:perf_hooks";
import type { Backend, Oid, RefUpdate } from "../contract/backend.js";
import { VexilError } from "../errors/vexil-error.js";
import type { Remote } from "../git/remote.js";
import { notSent, ObjectFetcher } from "./object-fetcher.js";
import { headRef, trackedBranch, trackingRef, wantedBranch, wantedPrefixes } from "./ref-names.js";
import type { Download } from "./storage.js";

const SWAP_TRIES = 5;

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
    const listed = await this.#remote.listRefs(wantedPrefixes(this.#branch), signal);
    const heads = new Map<string, Oid>();
    for (const [ref, oid] of listed.refs) {
      const name = wantedBranch(ref, this.#branch);
      if (name !== undefined) heads.set(name, oid);
    }
    const previous = await this.tracking();
    const moved = [...heads].filter(([name, oid]) => previous.get(name) !== oid).map(([, oid]) => oid);
    let bytes = listed.bytes + (await this.#fetch(moved, previous, signal));
    if (!this.#looked) bytes += await this.#objects.complete([...heads.values()], signal);
    this.#looked = true;
    const changed = await this.#track(heads);
    return { heads, previous, changed, bytes, durationMs: performance.now() - started };
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

  /** Moves the remote-tracking refs to what the remote has. */
  async #track(heads: ReadonlyMap<string, Oid>): Promise<boolean> {
    for (let attempt = 0; attempt < SWAP_TRIES; attempt += 1) {
      const tracking = await this.tracking();
      const updates: RefUpdate[] = [];
      for (const name of new Set([...heads.keys(), ...tracking.keys()])) {
        // The storage's own branch is not forgotten when it vanishes: its state stays, and its return is recognised.
        if (!heads.has(name) && name === this.#branch) continue;
        if (tracking.get(name) === heads.get(name)) continue;
        updates.push({ ref: trackingRef(name), old: tracking.get(name), new: heads.get(name), reason: "fetch" });
      }
      if (updates.length === 0) return attempt > 0;
      if (await this.#backend.refs.compareAndSwap(updates)) return true;
    }
    throw new VexilError(
      "VEXIL_UNAVAILABLE_LOCKED",
      "the remote-tracking refs keep changing; is another daemon at work here?",
      {
        details: { step: "backend" },
      },
    );
  }
}
