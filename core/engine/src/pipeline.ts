import { filter, interval, merge, mergeMap, type Observable, share, takeUntil } from "rxjs";
import type { Clock } from "./model/clock.js";
import type { SyncEvent } from "./model/events.js";
import { coalesceMap } from "./operators/coalesce-map.js";
import { groupWhileBusy } from "./operators/group-while-busy.js";
import { type OneAtATime, oneAtATime } from "./operators/one-at-a-time.js";
import { pace } from "./operators/pace.js";
import { whenAborted } from "./operators/when-aborted.js";
import { whileLeased } from "./operators/while-leased.js";
import { PollSteps } from "./storage/fetch/poll-steps.js";
import type { GitStorage } from "./storage/git-storage.js";
import { isBackendAway, RebuildSteps } from "./storage/state/rebuild-steps.js";
import { GROUP_SIZE } from "./storage/write/group-run.js";
import type { PendingWrite } from "./storage/write/prepared-writes.js";
import { WriteGroups } from "./storage/write/write-groups.js";

/** The local rebuild's period (the product's promise). */
const REBUILD_MS = 10_000;
const LEASE_RETRY_MS = 1_000;

/** Inputs of the machine. */
export interface Inputs {
  /** The backend says that it has changed. */
  readonly hints$: Observable<void>;
  /** Ids of wishes for a poll now; each is answered by `nudge.answered`. */
  readonly nudges$: Observable<string>;
  /** Each is answered by `write.committed`, `write.unchanged` or `write.failed` with its request's id. */
  readonly writes$: Observable<PendingWrite>;
  /** Ends the ticks. Work under way goes on, but for downloads: they change nothing, and a remote may hang. */
  readonly drain: AbortSignal;
}

/**
 * THE place to read first: all that happens to one storage, as one stream. Hot work behind a cold Observable; it never
 * errors, as what goes wrong is an event, and completes when the last work after `drain` has ended.
 *
 *   every 10 s, hints, doubts ── coalesceMap(read files ▸ rebuild) ─────────────────────┐
 *   poll_interval, nudges ────── pace(download ▸ read files ▸ advance) ─ while leased ──┤ lane: one at a time ──▶ events
 *   nudges, where others poll ── groupWhileBusy(look) ──────────────────────────────────┤
 *   writes ───────────────────── groupWhileBusy(prepare ▸ push: network ▸ finish) ──────┘
 *
 * A fault of the backend that a write finds is a doubt, which a rebuild clears up.
 */
export function sync(
  storage: GitStorage,
  { hints$, nudges$, writes$, drain }: Inputs,
  clock: Clock,
  alone: OneAtATime = oneAtATime(),
): Observable<SyncEvent> {
  const drain$ = whenAborted(drain);
  const rebuilds = new RebuildSteps(storage, alone, clock, drain);
  const polls = new PollSteps(storage, alone, clock, drain);
  const groups = new WriteGroups(storage, clock, alone);
  const written$ = writes$.pipe(
    takeUntil(drain$),
    groupWhileBusy((group, more) => groups.write(group, more), GROUP_SIZE),
    share(),
  );
  const doubts$ = written$.pipe(filter(isBackendAway));
  const polling = (until$: Observable<unknown>): Observable<SyncEvent> =>
    nudges$.pipe(
      filter(() => storage.phase.now === "polling"),
      pace({
        job: (nudges) => polls.poll(nudges),
        delayMs: () => polls.delayMs(),
        left: (nudges) => polls.answered(nudges),
        scheduler: clock.scheduler,
        until$,
      }),
    );
  const polled = ({ lease } = storage): Observable<SyncEvent> => {
    if (!storage.hasRemote) return rebuilds.entered("following");
    if (lease === undefined) return merge(rebuilds.entered("polling"), polling(drain$));
    // On a shared backend one daemon asks the remote for all of them; the others follow the backend.
    return whileLeased({
      tryLease: () => lease(drain),
      retryMs: LEASE_RETRY_MS,
      scheduler: clock.scheduler,
      until$: drain$,
      work: polling,
      held: (held) => rebuilds.leased(held),
    });
  };
  return merge(
    merge(interval(REBUILD_MS, clock.scheduler), hints$, doubts$).pipe(
      takeUntil(drain$),
      coalesceMap(() => rebuilds.rebuild()),
    ),
    polled(),
    nudges$.pipe(
      filter(() => storage.phase.now !== "polling"),
      takeUntil(drain$),
      groupWhileBusy((nudges) => polls.look(nudges)),
    ),
    written$.pipe(mergeMap((event) => rebuilds.withDoubt(event))),
    drain$.pipe(mergeMap(() => rebuilds.entered("draining"))),
  );
}
