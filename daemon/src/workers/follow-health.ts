import { isDeepStrictEqual } from "node:util";
import { auditTime, filter, interval, map, merge, type Subscription, startWith, tap } from "rxjs";
import { type HealthState, healthState } from "../http/edge/health.js";
import type { HttpServices } from "../http/services.js";

/** Changes this close together are told once. */
const TOGETHER_MS = 20;
/** Told this often though nothing has changed: that is how workers know that this process is alive. */
const BEAT_MS = 1_000;

/** Tells what probes are to be answered with: at once, whenever that changes, and as a sign of life. */
export function followHealth(
  { status, snapshots }: Pick<HttpServices, "status" | "snapshots">,
  tell: (health: HealthState) => void,
): Subscription {
  let told: HealthState | undefined;
  const state = (): HealthState => healthState(status);
  // Most changes of a status, each write above all, leave it as healthy as it was.
  const changes$ = merge(status.changes$, snapshots.changes$).pipe(
    auditTime(TOGETHER_MS),
    map(state),
    filter((health) => !isDeepStrictEqual(health, told)),
  );
  const beats$ = interval(BEAT_MS).pipe(startWith(undefined), map(state));
  return merge(beats$, changes$)
    .pipe(tap((health) => (told = health)))
    .subscribe(tell);
}
