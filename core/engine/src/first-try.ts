import { VexilError } from "@vexil/plugin-api/errors";
import { EMPTY, firstValueFrom, mergeMap, type Observable, of } from "rxjs";
import type { Clock } from "./model/clock.js";
import { atMost } from "./model/deadlines.js";
import { policyOf } from "./model/error-policy.js";
import type { SyncEvent } from "./model/events.js";
import type { GitStorage } from "./storage/git-storage.js";

/** Outcome of opening a storage. */
export interface OpenedStorage {
  /** Resolves when what the backend holds is served; rejects when it cannot be read. */
  readonly opened: Promise<void>;
  /** Resolves when there is something to serve, or nothing more to wait for; rejects with what stops the start. */
  readonly serving: Promise<void>;
  /** Resolves when the first try to reach the remote has ended; rejects with what stops the start. */
  readonly settled: Promise<void>;
}

/** Time within which an error that stops a lenient start stops it before it serves, where the remote answers soon. */
const SOON_MS = 1_000;

interface Outcome {
  readonly error?: VexilError;
}

/**
 * How the first try to reach a storage's remote ends, as its events tell it; also once another daemon polls and there
 * is a state. Listens from the call on.
 * @returns rejects with what stops the start
 */
export async function firstTry(events$: Observable<SyncEvent>, storage: GitStorage): Promise<void> {
  if (!storage.hasRemote) return;
  const outcomes$ = events$.pipe(
    mergeMap((event) => {
      const outcome = event.storage === storage.id ? outcomeOf(event, storage) : undefined;
      return outcome === undefined ? EMPTY : of(outcome);
    }),
  );
  const { error } = await firstValueFrom<Outcome, Outcome>(outcomes$, { defaultValue: {} });
  if (error === undefined) return;
  const start = policyOf(error).start[storage.config.fetchPolicy];
  if (start === "stops" || (start === "stops-without-state" && !storage.hasState)) throw named(error, storage.id);
}

/** Several storages start at the same time: whoever reads why the daemon did not has to know which it was. */
function named({ code, message, details, cause }: VexilError, storage: string): VexilError {
  return new VexilError(code, message, { details: { ...details, storage }, cause });
}

function outcomeOf(event: SyncEvent, storage: GitStorage): Outcome | undefined {
  if (event.type === "fetch.failed") return { error: event.error };
  if (event.type === "fetch.succeeded") return {};
  if (event.type === "phase.changed" && event.phase === "closed") return {};
  return storage.phase.now === "following" && storage.hasState ? {} : undefined;
}

/**
 * When a storage serves, and when its start has ended. A strict one waits for the remote; a lenient one serves what is
 * there, or nothing yet, without much ado. Once it serves a state its start is over: what the remote says later fails the storage.
 * @param opened resolves when the backend has been read
 * @param tried {@link firstTry}
 */
export function startOf(storage: GitStorage, opened: Promise<void>, tried: Promise<void>, clock: Clock): OpenedStorage {
  const outcome = outcomes(storage, opened, tried, clock);
  // Whoever opens several storages looks at the first failure only: the others are no unhandled rejections, and neither
  // is a try that is no part of the outcome.
  for (const promise of [tried, ...Object.values(outcome)]) promise.catch(() => undefined);
  return outcome;
}

function outcomes(storage: GitStorage, opened: Promise<void>, tried: Promise<void>, clock: Clock): OpenedStorage {
  // With nothing to reach, the start is over when the storage serves and takes writes.
  if (!storage.hasRemote) return { opened, serving: opened, settled: opened };
  if (storage.config.fetchPolicy === "strict") return { opened, serving: tried, settled: tried };
  const serving = opened.then(() => atMost(clock, SOON_MS, tried));
  const settled = serving.then(() => (storage.hasState ? tried.catch(() => undefined) : tried));
  return { opened, serving, settled };
}
