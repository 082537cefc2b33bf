import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import type { UploadSource } from "./upload-source.js";

/** Commits looked for at once. */
const AT_ONCE = 10_000;

/** Commits that client and server have in common. */
export class CommonCommits {
  readonly #graph: CommitGraph;
  readonly #source: UploadSource;
  readonly #common = new Set<Oid>();

  constructor(graph: CommitGraph, source: UploadSource) {
    this.#graph = graph;
    this.#source = source;
  }

  get all(): ReadonlySet<Oid> {
    return this.#common;
  }

  /**
   * Takes in what the client has.
   * @returns those that are known here. A commit that is gone, and whose child is not, is known too: with it the client
   * has all that comes before that child
   */
  async take(haves: readonly Oid[]): Promise<readonly Oid[]> {
    if (haves.length === 0) return [];
    const before = await this.#before();
    const known: Oid[] = [];
    for (let at = 0; at < haves.length; at += AT_ONCE) {
      const some = haves.slice(at, at + AT_ONCE);
      const found = await this.#graph.read(some);
      known.push(...some.filter((oid) => found.has(oid) || before.has(oid)));
    }
    for (const oid of known) this.#common.add(oid);
    return known;
  }

  /** Tells whether all that is wanted builds on something in common, so that more of it would not save much. */
  async suffices(wants: readonly Oid[]): Promise<boolean> {
    if (this.#common.size === 0) return false;
    const stored = await this.#graph.read([...this.#common]);
    const oldest = [...stored.values()].reduce(
      (least, { seconds }) => Math.min(least, seconds),
      Number.MAX_SAFE_INTEGER,
    );
    const children = new Map<Oid, Oid[]>();
    const pause = timeSlice();
    const seen = new Set(wants);
    for (let level = [...seen]; level.length > 0; ) {
      const next: Oid[] = [];
      const commits = await this.#graph.read(level.filter((oid) => !this.#common.has(oid)));
      for (const { oid, parents, seconds } of commits.values()) {
        // Without a stored one nothing says how far to look.
        if (seconds < oldest && stored.size > 0) continue;
        for (const parent of parents) {
          const those = children.get(parent);
          if (those === undefined) children.set(parent, [oid]);
          else those.push(oid);
          if (!seen.has(parent)) next.push(parent);
          seen.add(parent);
        }
        await pause();
      }
      level = next;
    }
    const reaching = new Set(this.#common);
    for (const oid of reaching) for (const child of children.get(oid) ?? []) reaching.add(child);
    return wants.every((oid) => reaching.has(oid));
  }

  /** The commits that those at the end of the history here name as their parents. */
  async #before(): Promise<ReadonlySet<Oid>> {
    const ends = await this.#graph.read([...this.#source.shallow]);
    return new Set([...ends.values()].flatMap(({ parents }) => parents));
  }
}
