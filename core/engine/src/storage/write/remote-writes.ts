import type { Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { SyncEvent } from "../../model/events.js";
import type { GitStorage } from "../git-storage.js";
import { headRef } from "../ref-names.js";
import type { ServedBranch } from "../state/branch-set.js";
import type { Correlation, StepContext } from "../storage.js";
import type { AnswerDeadline } from "./answer-deadline.js";
import { correlationOf, correlationOfGroup } from "./correlation.js";
import type { PendingWrite, PreparedGroup } from "./prepared-writes.js";
import { pushBranch } from "./push-commits.js";
import { asUnavailable, NOTHING_LEFT, stillWaiting, type Tried } from "./tried.js";
import type { WriteHost } from "./write-host.js";

/** What goes the same way without a remote. */
export interface WriteSteps {
  prepare(branch: ServedBranch, writes: readonly PendingWrite[], context: StepContext): Promise<PreparedGroup>;
  acknowledge(group: PreparedGroup, events: readonly SyncEvent[], pushed: boolean): void;
}

/** Takes writes to the remote: one push of a whole group, and the local branch moves after its yes. */
export class RemoteWrites {
  readonly #storage: GitStorage;
  readonly #host: WriteHost;
  readonly #steps: WriteSteps;

  constructor(storage: GitStorage, host: WriteHost, steps: WriteSteps) {
    this.#storage = storage;
    this.#host = host;
    this.#steps = steps;
  }

  tryOnce(branch: ServedBranch, writes: readonly PendingWrite[], deadline: AnswerDeadline): Promise<Tried> {
    return this.#storage.pushes.write(() => this.#try(branch, writes, deadline));
  }

  async #try(branch: ServedBranch, writes: readonly PendingWrite[], deadline: AnswerDeadline): Promise<Tried> {
    const { remote } = this.#storage.parts;
    const correlation = correlationOf(writes);
    const prepared = await this.#host.inLane((context) => {
      // A revision that is named may have to be looked for on the remote.
      const signal = AbortSignal.any([context.signal, deadline.answer]);
      return this.#steps.prepare(branch, writes, { ...context, signal });
    }, correlation);
    if (prepared.behind.length > 0) return this.#lookAgain(writes, prepared, deadline);
    const tip = prepared.commits.at(-1)?.oid;
    if (tip === undefined || remote === undefined) return NOTHING_LEFT;
    await this.#storage.pushes.clear();
    // A person's commits that the remote lacks by now go along: the write lies on top of them.
    const ahead = await this.#storage.aheadOf(branch.name, prepared.base);
    const group = ahead === undefined ? prepared : { ...prepared, ahead };
    const startedAt = this.#storage.parts.clock.elapsed();
    const outcome = await pushBranch(
      remote,
      {
        ref: headRef(branch.name),
        old: group.ahead?.base ?? group.base,
        new: tip,
        objects: [...(group.ahead?.objects ?? []), ...group.commits.flatMap(({ objects }) => objects)],
      },
      async (remoteTip) => {
        await this.#catchUp(deadline, correlation);
        return this.#storage.contains(remoteTip, tip, deadline.answer);
      },
      deadline,
    );
    switch (outcome.type) {
      case "accepted":
        this.#tellPushed(group, tip, this.#storage.parts.clock.elapsed() - startedAt);
        await this.#finish(group, deadline);
        break;
      case "moved":
        await this.#catchUp(deadline, correlation);
        return { again: stillWaiting(writes, group), moved: true };
      case "refused": {
        const [only, ...others] = group.commits;
        if (others.length > 0) return { ...DECIDED, again: group.undecided, alone: group.commits.map(writeOf) };
        only?.write.reject(outcome.error);
        break;
      }
      case "failed":
        for (const { write } of group.commits) write.reject(asUnavailable(outcome.error));
        return { again: group.undecided, moved: false, failed: outcome.error };
      default:
        outcome satisfies never;
    }
    return { ...DECIDED, again: group.undecided };
  }

  /**
   * The request may name a commit that this daemon has not fetched yet, and who is refused should find the remote's
   * head served. Without the remote the rule is decided on what is known.
   */
  async #lookAgain(writes: readonly PendingWrite[], group: PreparedGroup, deadline: AnswerDeadline): Promise<Tried> {
    await this.#catchUp(deadline, correlationOf(writes)).catch(() => undefined);
    const again = stillWaiting(writes, group).map((write) =>
      group.behind.includes(write) ? { ...write, caughtUp: true as const } : write,
    );
    return { again, moved: false };
  }

  #tellPushed(group: PreparedGroup, tip: Oid, durationMs: number): void {
    this.#host.emit({
      type: "push.succeeded",
      storage: this.#storage.id,
      at: this.#storage.parts.clock.now(),
      ref: headRef(group.branch.name),
      revision: tip,
      commits: group.commits.length,
      durationMs,
      ...correlationOfGroup(group),
    });
  }

  async #finish(group: PreparedGroup, deadline: AnswerDeadline): Promise<void> {
    const correlation = correlationOfGroup(group);
    const finished = await this.#host.inLane(async (context) => {
      try {
        return await this.#storage.finish(group, context);
      } catch (error) {
        // The remote has the commits, so the write stands; that the local side lags behind shows in the storage's state.
        this.#host.emit({
          type: "rebuild.failed",
          storage: this.#storage.id,
          at: this.#storage.parts.clock.now(),
          error: toVexilError(error),
          ...correlation,
        });
        return { done: false, group, events: [] };
      }
    }, correlation);
    // A poll may have been faster, or a person moved the branch: then the remote's head is followed as ever.
    if (!finished.done) await this.#catchUp(deadline, correlation).catch(() => undefined);
    this.#steps.acknowledge(group, finished.events, true);
  }

  /** Fetches and serves the remote's head, so that the next try, ours or a person's, is decided on it. */
  async #catchUp(deadline: AnswerDeadline, correlation: Correlation): Promise<void> {
    const context = { signal: deadline.answer, ...correlation };
    const download = await this.#storage.download(context);
    const events = await this.#host.inLane((step) => this.#storage.advance(download, step), correlation);
    for (const event of events) this.#host.emit(event);
  }
}

const DECIDED = { moved: false, answered: true } as const;

const writeOf = ({ write }: PreparedGroup["commits"][number]): PendingWrite => write;
