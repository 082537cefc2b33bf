import { BoundedCache } from "@vexil/git/objects/bounded-cache";
import type { Remote } from "@vexil/git/remote/remote";
import type { GraphCommit } from "@vexil/git/serve/graph-commit";
import { SharedAnswers } from "@vexil/git/serve/shared-answers";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import type { Backend, GitObject, Oid, RefName } from "@vexil/plugin-api";
import type { Clock } from "../../model/clock.js";
import { SharedLook } from "../../operators/shared-look.js";
import { headRef } from "../ref-names.js";
import type { Pruner } from "../state/pruner.js";
import { SoundRefs } from "./sound-refs.js";

/** A client asks for refs first and for a pack after that; in between a branch may move, and its old tip be pruned. */
const TIPS_KEPT_MS = 60_000;
/** Commits and their parents: some 300 bytes each. */
const CACHED_COMMITS = 50_000;
const PUBLIC = ["refs/heads/", "refs/tags/"];

interface KnownState extends Pick<UploadSource, "refs" | "shallow" | "answers"> {
  readonly since: number;
}

type Seen = Pick<UploadSource, "refs" | "shallow" | "answers" | "recentTips">;

/** A storage's repository as git clients get it: branches and tags, and nothing of Vexil's own. */
export class PublicRepository {
  readonly #backend: Backend;
  readonly #branch: string;
  readonly #clock: Clock;
  readonly #commits = new BoundedCache<Oid, GraphCommit>(CACHED_COMMITS);
  /** Objects that refs were at → when that was seen last, by `Clock.elapsed()`. */
  readonly #tips = new Map<Oid, number>();
  /** When each use under way began, the oldest first. */
  readonly #uses = new Set<{ readonly since: number }>();
  readonly #remote: Remote | undefined;
  readonly #sound: SoundRefs;
  readonly #looks = new SharedLook((signal) => this.#look(signal));
  #last: KnownState | undefined;

  constructor(backend: Backend, branch: string, clock: Clock, pruner: Pruner, remote: Remote | undefined) {
    this.#backend = backend;
    this.#branch = branch;
    this.#clock = clock;
    this.#remote = remote;
    this.#sound = new SoundRefs(backend.objects, clock);
    pruner.spare(() => this.#recentTips());
  }

  /**
   * Does something with the repository as it is now: what refs are at, or were a short while ago, stays stored as long as
   * that lasts.
   * @throws VexilError of the backend
   */
  async use<T>(signal: AbortSignal, work: (source: UploadSource) => Promise<T>): Promise<T> {
    const use = { since: this.#clock.elapsed() };
    this.#uses.add(use);
    try {
      return await work(this.#source(await this.#looks.take(signal), signal));
    } finally {
      this.#uses.delete(use);
    }
  }

  async #look(signal: AbortSignal): Promise<Seen> {
    const { refs: store, shallow: boundary } = this.#backend;
    const listed = await Promise.all(PUBLIC.map((prefix) => store.list(prefix, signal)));
    const all = listed.flatMap((found) => [...found]).sort(([a], [b]) => (a < b ? -1 : 1));
    const sound = await this.#sound.of(new Map<RefName, Oid>(all), signal);
    const { refs, shallow, answers } = this.#state(sound, (await boundary?.read(signal)) ?? new Set());
    const now = this.#clock.elapsed();
    for (const oid of refs.values()) this.#tips.set(oid, now);
    return { refs, shallow, answers, recentTips: new Set(this.#recentTips().keys()) };
  }

  #source(seen: Seen, signal: AbortSignal): UploadSource {
    const read: UploadSource["read"] = (oids) =>
      oids.length === 0 ? Promise.resolve(new Map()) : this.#backend.objects.read(oids, signal);
    return {
      ...seen,
      head: headRef(this.#branch),
      commits: this.#commits,
      read,
      readFiles: async (oids) => this.#withRemotes(oids, await read(oids), signal),
      mayLackFiles: this.#remote !== undefined,
    };
  }

  /** Those who come while nothing changes share what is known; not for long, as old tips are given for a while alone. */
  #state(refs: ReadonlyMap<RefName, Oid>, shallow: ReadonlySet<Oid>): KnownState {
    const now = this.#clock.elapsed();
    const last = this.#last;
    const isSame =
      last !== undefined &&
      now - last.since < TIPS_KEPT_MS &&
      last.refs.size === refs.size &&
      last.shallow.size === shallow.size &&
      [...refs].every(([ref, oid]) => last.refs.get(ref) === oid) &&
      [...shallow].every((oid) => last.shallow.has(oid));
    if (isSame) return last;
    this.#last = { refs, shallow, answers: new SharedAnswers(), since: now };
    return this.#last;
  }

  /** A store that keeps only files of flags (`ObjectFetcher`) has the others from its remote, and does not keep them. */
  async #withRemotes(
    oids: readonly Oid[],
    stored: ReadonlyMap<Oid, GitObject>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<Oid, GitObject>> {
    const wants = oids.filter((oid) => !stored.has(oid));
    if (wants.length === 0 || this.#remote === undefined) return stored;
    const found = new Map(stored);
    const request = { wants, haves: [], shallow: [], readBase: async () => new Map<Oid, GitObject>() };
    const store = async (objects: readonly GitObject[]): Promise<void> => {
      for (const { oid, type, bytes } of objects) found.set(oid, { oid, type, bytes: new Uint8Array(bytes) });
    };
    await this.#remote.fetch({ ...request, store }, signal);
    return found;
  }

  #recentTips(): ReadonlyMap<Oid, number> {
    const [first] = this.#uses;
    const oldest = (first?.since ?? this.#clock.elapsed()) - TIPS_KEPT_MS;
    for (const [oid, at] of this.#tips) if (at < oldest) this.#tips.delete(oid);
    return this.#tips;
  }
}
