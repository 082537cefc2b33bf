import { VexilError } from "@vexil/plugin-api/errors";
import type { SyncEvent } from "../../model/events.js";
import type { Pruner } from "../state/pruner.js";
import type { Rebuilder } from "../state/rebuilder.js";
import type { UnservedNamespaces } from "../state/unserved-namespaces.js";
import type { Download, StepContext } from "../storage.js";
import type { StorageEvents } from "../storage-events.js";
import type { PushTurns } from "../write/push-turns.js";
import type { KeptCommit } from "./follow-remote.js";
import type { PastSearch } from "./past-search.js";
import type { CloneFollower } from "./clone-follower.js";

/** Brings what the remote has: the network half outside the lane, then the branches, which are served. */
export class Fetcher {
  readonly #follower: CloneFollower | undefined;
  readonly #past: PastSearch | undefined;
  readonly #pushes: PushTurns;
  readonly #rebuilder: Rebuilder;
  readonly #pruner: Pruner;
  readonly #unserved: UnservedNamespaces;
  readonly #events: StorageEvents;

  /** @param follower undefined, as `past`: there is no remote */
  constructor(
    follower: CloneFollower | undefined,
    past: PastSearch | undefined,
    pushes: PushTurns,
    rebuilder: Rebuilder,
    pruner: Pruner,
    unserved: UnservedNamespaces,
    events: StorageEvents,
  ) {
    this.#follower = follower;
    this.#past = past;
    this.#pushes = pushes;
    this.#rebuilder = rebuilder;
    this.#pruner = pruner;
    this.#unserved = unserved;
    this.#events = events;
  }

  /** Stores what the remote has; only objects and remote-tracking refs change. */
  async download(context: StepContext): Promise<Download> {
    try {
      return await this.#remote.download(context);
    } catch (error) {
      this.#unserved.pause();
      // What came until then is of no use to anybody.
      this.#pruner.later();
      throw error;
    }
  }

  /** Moves the branches to what was downloaded, and serves them. */
  async advance(download: Download, context: StepContext): Promise<readonly SyncEvent[]> {
    let kept: readonly KeptCommit[];
    try {
      kept = await this.#remote.follow(download, context);
    } catch (error) {
      // What is in the way is said only after what is there now has been served.
      await this.#rebuilder.rebuild(context);
      throw error;
    }
    const rebuilt = await this.#rebuilder.rebuild(context);
    if (download.changed) {
      await this.#pruner.prune();
      this.#pruner.later();
    }
    const { seeded } = download;
    return [
      ...(seeded === undefined ? [] : [this.#events.seeded(context, seeded, true)]),
      ...kept.map((commit) => this.#events.kept(context, commit)),
      ...rebuilt,
    ];
  }

  /**
   * Fetches more of the past where faulty files leave namespaces without a good state; the network half, outside the
   * lane. What came is looked through by the next rebuild.
   * @returns whether there is anything new for a rebuild to look at
   */
  async deepenPast(context: StepContext): Promise<boolean> {
    return (await this.#past?.deepen(context.signal)) ?? false;
  }

  /** Pushes a user's commits that the remote lacks; the network half, outside the lane. */
  async pushAhead(context: StepContext): Promise<void> {
    const follower = this.#follower;
    if (follower?.isAhead === true) await this.#pushes.ahead(() => follower.pushAhead(context));
  }

  get #remote(): CloneFollower {
    if (this.#follower === undefined) {
      throw new VexilError("VEXIL_INTERNAL_BUG", "a storage without a remote cannot download");
    }
    return this.#follower;
  }
}
