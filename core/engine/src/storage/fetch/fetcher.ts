import type { Remote } from "@vexil/git/remote/remote";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Pruner } from "../state/pruner.js";
import type { UnservedNamespaces } from "../state/unserved-namespaces.js";
import type { Download, StepContext } from "../step-context.js";
import { branchesOf, missingBranch } from "./missing-branch.js";
import type { RemoteSync } from "./remote-sync.js";
import { type Seeding, seedRemote } from "./seed-branch.js";

/** Downloads what a storage's remote has: the network half, outside the lane. */
export class Fetcher {
  readonly #remote: Remote | undefined;
  readonly #sync: RemoteSync | undefined;
  readonly #seeding: Seeding;
  readonly #unserved: UnservedNamespaces;
  readonly #pruner: Pruner;
  /** Nudges → branches of which their callers know that they have moved, and nothing else. */
  readonly nudged = new Map<string, ReadonlySet<string>>();

  /** @param remote undefined, as `sync`: there is none */
  constructor(
    remote: Remote | undefined,
    sync: RemoteSync | undefined,
    seeding: Seeding,
    unserved: UnservedNamespaces,
    pruner: Pruner,
  ) {
    this.#remote = remote;
    this.#sync = sync;
    this.#seeding = seeding;
    this.#unserved = unserved;
    this.#pruner = pruner;
  }

  /**
   * Stores what the remote has; only objects and remote-tracking refs change.
   * @param nudges that ask for it; where each named branches, those alone are asked for
   */
  async download({ signal }: StepContext, nudges: readonly string[] = []): Promise<Download> {
    const [remote, sync] = [this.#remote, this.#sync];
    if (remote === undefined || sync === undefined) {
      throw new VexilError("VEXIL_INTERNAL_BUG", "a storage without a remote cannot download");
    }
    try {
      const named = nudges.map((nudge) => this.nudged.get(nudge));
      const some = named.length > 0 && named.every((branches) => branches !== undefined);
      const quick = some ? await this.#branches(sync, new Set(named.flatMap((set) => [...set])), signal) : undefined;
      if (quick !== undefined) return quick;
      const found = await sync.download(signal);
      if (found.heads.has(this.#seeding.config.branch)) return found;
      const seeded = await this.#seed(remote, found, signal);
      return { ...(await sync.download(signal)), seeded };
    } catch (error) {
      this.#unserved.pause();
      // What came until then is of no use to anybody.
      this.#pruner.later();
      throw error;
    }
  }

  /** @returns undefined where all that the remote has is to be looked at */
  async #branches(sync: RemoteSync, names: ReadonlySet<string>, signal: AbortSignal): Promise<Download | undefined> {
    try {
      return await sync.downloadBranches(names, this.#seeding.config.pollIntervalMs, signal);
    } catch (error) {
      // One of them may be gone.
      if (VexilError.is(error) && (error.kind === "remote" || error.code === "VEXIL_CONNECTION_REF_MOVED")) return;
      throw error;
    }
  }

  /** A remote that has nothing at all is given the branch. */
  async #seed(remote: Remote, { previous }: Download, signal: AbortSignal) {
    const { config } = this.#seeding;
    const { existing, empty } = await branchesOf(remote, signal);
    const had = previous.has(config.branch);
    // A name that is not there is a typing error more often than a wish, but for a remote that has nothing at all.
    if (had || !empty || config.readOnly) throw missingBranch({ storage: config, existing, had });
    return seedRemote(remote, this.#seeding, signal);
  }
}
