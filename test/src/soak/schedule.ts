import { Random } from "./random.js";
import { FAULTS, type FaultName, type RemoteKind } from "./tested-remote.js";

export type DaemonName = "a" | "b" | "c";

/** Step of one of the three writers, or something done to them. */
export type Step =
  /** A daemon changes a flag. */
  | { readonly type: "write"; readonly daemon: DaemonName; readonly flag: FlagName; readonly names: NamedRevision }
  /** Native git commits on top of the branch. */
  | { readonly type: "commit"; readonly flag: FlagName }
  /** Native git throws away the newest commit and puts another in its place. */
  | { readonly type: "force"; readonly flag: FlagName }
  | { readonly type: "sync"; readonly daemon: DaemonName }
  /** The remote's hook refuses pushes while the next step runs. */
  | { readonly type: "hook" }
  /** Fault of the remote while the round runs. */
  | { readonly type: "fault"; readonly fault: FaultName; readonly where: number }
  /** A daemon dies and another starts in its place. */
  | { readonly type: "kill"; readonly daemon: DaemonName };

/** The revision that a write names: none, the one its daemon serves, or the one the other daemon serves. */
export type NamedRevision = "nothing" | "its own" | "the other's";

/** A flag of one of the schedule's files. */
export interface FlagName {
  readonly file: number;
  readonly key: "x" | "y";
}

export interface Schedule {
  readonly seed: number;
  /** Steps of one entry run at the same time. */
  readonly rounds: readonly (readonly Step[])[];
}

export const FILES = 2;

export interface ScheduleOptions {
  readonly remote: RemoteKind;
  /** Daemons are killed now and then. */
  readonly kills: boolean;
}

/** A schedule that follows from its seed. Steps happen in rounds of one to three at a time. */
export function makeSchedule(seed: number, { remote, kills }: ScheduleOptions): Schedule {
  const faults = (Object.keys(FAULTS) as FaultName[]).filter((name) =>
    (FAULTS[name] as readonly RemoteKind[]).includes(remote),
  );
  const random = new Random(seed);
  const rounds: Step[][] = [];
  const length = 2 + random.below(3);
  for (let index = 0; index < length; index++) {
    const fault = random.chance(0.35) ? random.pick(faults) : undefined;
    const round: Step[] = [];
    if (fault !== undefined) round.push({ type: "fault", fault, where: random.next() });
    else if (random.chance(0.1)) round.push({ type: "hook" });
    const steps = 1 + random.below(3);
    for (let step = 0; step < steps; step++) round.push(makeStep(random, kills));
    // A locked branch is locked for native git as well.
    rounds.push(
      fault === "the branch is locked" ? round.filter(({ type }) => type !== "commit" && type !== "force") : round,
    );
  }
  return { seed, rounds };
}

function makeStep(random: Random, kills: boolean): Step {
  const flag: FlagName = { file: random.below(FILES), key: random.pick(["x", "y"] as const) };
  const daemon = random.pick(["a", "b"] as const);
  const kind = random.next();
  if (kind < 0.6) {
    const names = random.next();
    return { type: "write", daemon, flag, names: names < 0.5 ? "nothing" : names < 0.75 ? "its own" : "the other's" };
  }
  if (kind < 0.75) return { type: "commit", flag };
  if (kind < 0.8) return { type: "force", flag };
  if (kind < 0.9 || !kills) return { type: "sync", daemon };
  return { type: "kill", daemon };
}
