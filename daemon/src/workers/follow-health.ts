import { auditTime, interval, map, merge, type Subscription, startWith } from "rxjs";
import { type HealthState, healthState } from "../http/edge/health.js";
import type { HttpServices } from "../http/services.js";

/** Changes this close together are told once. */
const TOGETHER_MS = 20;
/** Told this often though nothing has changed: that is how workers know that this process is alive. */
const BEAT_MS = 1_000;

/** Tells what probes are to be answered with: at once, with every change, and as a sign of life. */
export function followHealth(
  { status, snapshots }: Pick<HttpServices, "status" | "snapshots">,
  tell: (health: HealthState) => void,
): Subscription {
  const changes$ = merge(status.changes$, snapshots.changes$).pipe(auditTime(TOGETHER_MS));
  return merge(changes$, interval(BEAT_MS))
    .pipe(
      startWith(undefined),
      map(() => healthState(status)),
    )
    .subscribe(tell);
}
