import type { StorageConfig } from "@vexil/config/config";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { BoundedCache } from "@vexil/git/objects/bounded-cache";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import { untilAborted } from "@vexil/git/until-aborted";
import type { Oid } from "@vexil/plugin-api";
import { toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { within } from "../../model/deadlines.js";
import type { NamedRevision, PastHistory, PastReader } from "../../model/past.js";
import { EnvironmentHistory, type HistorySource } from "./environment-history.js";
import { PastBuilds } from "./past-builds.js";
import type { PastShelf } from "./past-shelf.js";
import { ReachableCommits } from "./reachable-commits.js";
import { RemoteTags } from "./remote-tags.js";
import { resolveRevision } from "./revision-resolver.js";
import type { ServedJournal } from "./served-journal.js";

/** Deadline of one question, fetching included. */
const STEP_MS = 60_000;
const RESOLVED = 1_000;
const BRANCHES = 50;
/** Expressions whose meaning changes with the head of the branch only: ids of commits, and steps from the head. */
const LASTING = /^(?:[0-9a-f]{7,40}|HEAD|@)?(?:[~^]\d*)*$/;

/** An environment whose past is read. */
export interface PastEnvironment {
  readonly info: EnvironmentInfo;
  /** The commit that is served. */
  readonly head: Oid;
}

/** Parts of a timeline. */
export interface TimelineParts {
  readonly storage: Pick<StorageConfig, "id" | "limits">;
  readonly repository: Repository;
  readonly builder: SnapshotBuilder;
  readonly shelf: PastShelf;
  /** Of states that events are computed from; undefined: the same. */
  readonly feedShelf?: PastShelf;
  readonly clock: Clock;
  /** undefined: there is no such environment, or nothing of it yet. */
  readonly environment: (key: string) => PastEnvironment | undefined;
  /** The state that is served. */
  readonly served: (key: string) => Snapshot | undefined;
  /** Commits that are looked through where any commit may be named; undefined: only what an environment's head reaches. */
  readonly tips?: () => Promise<readonly Oid[]>;
  /** Fetches older commits. */
  readonly deepen?: ((tip: Oid, depth: number, signal: AbortSignal) => Promise<void>) | undefined;
  readonly remote?: Remote | undefined;
  /** Account of what was served when. */
  readonly journal?: Pick<ServedJournal, "at"> | undefined;
  /** Time for one question, fetching included; a minute unless told. */
  readonly deadlineMs?: number;
}

let timelines = 0;

/** The past of a storage's environments: which commit a revision names, and what is served of it. */
export class Timeline implements PastReader {
  readonly #parts: TimelineParts;
  readonly #builds: PastBuilds;
  readonly #tags: RemoteTags | undefined;
  readonly #reachable = new BoundedCache<string, ReachableCommits>(BRANCHES);
  readonly #resolved = new BoundedCache<string, NamedRevision>(RESOLVED);
  /** Its own on the shelf: a reload may change what files mean. */
  readonly #id: number;
  /** Made once: most questions are answered in no time, and an error with its stack would cost more than they do. */
  readonly #late: VexilError;

  constructor(parts: TimelineParts) {
    this.#parts = parts;
    const { storage, repository, builder, remote, clock } = parts;
    this.#builds = new PastBuilds(storage, repository, builder);
    this.#tags = remote === undefined ? undefined : new RemoteTags(remote, clock);
    this.#late = new VexilError(
      "VEXIL_UNAVAILABLE_STORAGE",
      `the past of storage ${storage.id} could not be read in time; try again soon`,
    );
    timelines += 1;
    this.#id = timelines;
  }

  async resolve(environment: string, expression: string, signal: AbortSignal): Promise<NamedRevision> {
    const found = this.#environment(environment);
    const { info, head } = found;
    const isLasting = LASTING.test(expression);
    const key = `${environment}\0${head}\0${expression}`;
    const known = isLasting ? this.#resolved.get(key) : undefined;
    if (known !== undefined) return known;
    const resolved = await this.#inTime(signal, (late) => {
      const history = new EnvironmentHistory(this.#source(found), late);
      const reachable = this.#reachableFrom(info.branch);
      const { journal } = this.#parts;
      const past = { environment, branch: info.branch, history, reachable, tags: this.#tags, journal };
      return resolveRevision(expression, { ...past, now: this.#parts.clock.now() }, late);
    });
    if (isLasting) this.#resolved.set(key, resolved, 1);
    return resolved;
  }

  snapshot(environment: string, revision: Oid, signal: AbortSignal): Promise<Snapshot> {
    return this.#snapshot(environment, revision, signal, this.#parts.shelf);
  }

  /** The same, as one of a row of states that are compared with each other. */
  feedSnapshot(environment: string, revision: Oid, signal: AbortSignal): Promise<Snapshot> {
    const { shelf, feedShelf = shelf } = this.#parts;
    return this.#snapshot(environment, revision, signal, feedShelf);
  }

  async #snapshot(environment: string, revision: Oid, signal: AbortSignal, shelf: PastShelf): Promise<Snapshot> {
    const found = this.#environment(environment);
    const { info } = found;
    const place = { environment: `${this.#id} ${info.directory} ${environment}`, revision };
    const kept = shelf.peek(place);
    if (kept !== undefined) return kept;
    const like = shelf.latest(place.environment) ?? this.#parts.served(environment);
    const source = this.#source(found);
    // Whoever asks first may go away, and others wait for the same.
    const building = shelf.get(place, (holder) =>
      this.#inTime(undefined, (late) => this.#builds.build({ info, revision, source, like, holder }, late)),
    );
    return this.#inTime(signal, (late) => untilAborted(building, late));
  }

  async read<T>(environment: string, signal: AbortSignal, work: (history: PastHistory) => Promise<T>): Promise<T> {
    const found = this.#environment(environment);
    const { info, head } = found;
    return this.#inTime(signal, (late) => {
      const history = new EnvironmentHistory(this.#source(found), late);
      const { repository } = this.#parts;
      return work({ info, head, repository, commit: (oid) => history.commit(oid) });
    });
  }

  #environment(key: string): PastEnvironment {
    const found = this.#parts.environment(key);
    if (found !== undefined) return found;
    throw new VexilError("VEXIL_NOT_FOUND", `environment: "${key}" not found`);
  }

  #source({ head }: PastEnvironment): HistorySource {
    const { repository, storage, tips, deepen } = this.#parts;
    return {
      repository,
      head,
      tips,
      historyDepth: storage.limits.historyDepth,
      deepen: deepen === undefined ? undefined : (depth, signal) => deepen(head, depth, signal),
    };
  }

  #reachableFrom(branch: string): ReachableCommits {
    const known = this.#reachable.get(branch) ?? new ReachableCommits();
    this.#reachable.set(branch, known, 1);
    return known;
  }

  async #inTime<T>(signal: AbortSignal | undefined, step: (late: AbortSignal) => Promise<T>): Promise<T> {
    try {
      const { clock, deadlineMs = STEP_MS } = this.#parts;
      return await within(clock, deadlineMs, step, {
        ...(signal === undefined ? {} : { also: signal }),
        error: this.#late,
      });
    } catch (error) {
      throw toVexilError(error);
    }
  }
}
