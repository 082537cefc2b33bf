import { Random } from "./random.js";
import type { DaemonName, FlagName } from "./schedule.js";

/** Faults of the database while the steps of a round run. */
export type DatabaseFault =
  /** It is stopped as by a crash, and started again after so many milliseconds. */
  | { readonly type: "restart"; readonly downMs: number }
  /** All its processes are stopped where they are. */
  | { readonly type: "freeze"; readonly frozenMs: number }
  /** It ends all sessions of daemons, so many times. */
  | { readonly type: "terminate"; readonly times: number };

export type PostgresStep =
  | { readonly type: "write"; readonly daemon: DaemonName; readonly flag: FlagName; readonly stale: boolean }
  /** Reads the counter with its revision and adds one under that revision. */
  | { readonly type: "count"; readonly daemon: DaemonName }
  /** Native git, on the remote. */
  | { readonly type: "commit" | "force"; readonly flag: FlagName }
  | { readonly type: "sync"; readonly daemon: DaemonName }
  /** Ends the daemon that holds the lease (any one, where there is no lease), and starts another in its place. */
  | { readonly type: "end-holder"; readonly signal: "SIGKILL" | "SIGTERM" };

export interface PostgresRound {
  readonly fault: DatabaseFault | undefined;
  /** How long after the round's beginning the fault comes. */
  readonly afterMs: number;
  /** All at the same time. */
  readonly steps: readonly PostgresStep[];
}

export interface PostgresSchedule {
  readonly seed: number;
  readonly rounds: readonly PostgresRound[];
}

const DAEMONS = ["a", "b", "c"] as const;
/** Each schedule has so many files of two flags, and one with the counter. */
export const FLAG_FILES = 2;
export const COUNTER: FlagName = { file: FLAG_FILES, key: "x" };

/** A schedule that follows from its seed. @param remote native git writes beside the daemons */
export function makePostgresSchedule(seed: number, options: { readonly remote: boolean }): PostgresSchedule {
  const random = new Random(seed);
  const rounds = Array.from({ length: 3 + random.below(3) }, (): PostgresRound => {
    const fault = random.chance(0.5) ? makeFault(random) : undefined;
    const afterMs = random.below(40);
    const steps = Array.from({ length: 2 + random.below(4) }, () => makeStep(random, options.remote));
    return { fault, afterMs, steps };
  });
  return { seed, rounds };
}

function makeFault(random: Random): DatabaseFault {
  const kind = random.next();
  if (kind < 0.3) return { type: "restart", downMs: random.below(300) };
  // Now and then for longer than any call may take.
  if (kind < 0.6) return { type: "freeze", frozenMs: random.chance(0.2) ? 6_000 : random.below(1_500) };
  return { type: "terminate", times: 1 + random.below(8) };
}

function makeStep(random: Random, remote: boolean): PostgresStep {
  const flag: FlagName = { file: random.below(FLAG_FILES), key: random.pick(["x", "y"] as const) };
  const daemon = random.pick(DAEMONS);
  const kind = random.next();
  if (kind < 0.45) return { type: "write", daemon, flag, stale: random.chance(0.5) };
  if (kind < 0.75) return { type: "count", daemon };
  if (kind < 0.82) return { type: "end-holder", signal: random.pick(["SIGKILL", "SIGTERM"] as const) };
  if (kind < 0.88 || !remote) return { type: "sync", daemon };
  return { type: kind < 0.96 ? "commit" : "force", flag };
}

/** Where a file of a schedule lies. */
export function namespaceOf(seed: number, file: number): string {
  return `s${seed}-${file}`;
}
