import type { Fault } from "../helpers/fault-server.js";
import { Random } from "./random.js";

export type DaemonName = "a" | "b" | "c";

/** What one of the three writers does, or what is done to them. */
export type Step =
  /** A daemon changes a flag. `stale`: the request names the revision that the other daemon serves. */
  | { readonly type: "write"; readonly daemon: DaemonName; readonly flag: FlagName; readonly stale: boolean }
  /** Native git commits on top of the branch. */
  | { readonly type: "commit"; readonly flag: FlagName }
  /** Native git throws away the newest commit and puts another in its place. */
  | { readonly type: "force"; readonly flag: FlagName }
  | { readonly type: "sync"; readonly daemon: DaemonName }
  /** The remote's hook refuses pushes while the next step runs. */
  | { readonly type: "hook" }
  /** What goes wrong on the network while the next step runs. */
  | { readonly type: "fault"; readonly fault: Fault; readonly what: string }
  /** A daemon dies and another starts in its place. */
  | { readonly type: "kill"; readonly daemon: DaemonName };

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

const FAULTS: readonly { readonly what: string; readonly fault: Fault }[] = [
  { what: "cut before the push", fault: { type: "drop", on: ["push"] } },
  { what: "cut after the push", fault: { type: "reset", after: 0, on: ["push"] } },
  { what: "the report is cut", fault: { type: "cut", after: -4, on: ["push"] } },
  { what: "the report is damaged", fault: { type: "corrupt", after: 6, on: ["push"] } },
  { what: "the push hangs after it landed", fault: { type: "hang-head", on: ["push"] } },
  { what: "the push's greeting is cut", fault: { type: "drop", on: ["push-greeting"] } },
  { what: "a server error for the push", fault: { type: "status", status: 502, on: ["push"] } },
  { what: "no refs", fault: { type: "drop", on: ["refs", "greeting"] } },
  { what: "fetches are cut", fault: { type: "truncate", after: -30, on: ["fetch"] } },
  { what: "no connection", fault: { type: "refused" } },
];

/** A schedule that follows from its seed. Steps happen in rounds of one to three at a time. */
export function makeSchedule(seed: number, options: { readonly kills: boolean }): Schedule {
  const random = new Random(seed);
  const rounds: Step[][] = [];
  const length = 2 + random.below(3);
  for (let index = 0; index < length; index++) {
    const round: Step[] = [];
    if (random.chance(0.35)) round.push({ type: "fault", ...random.pick(FAULTS) });
    else if (random.chance(0.1)) round.push({ type: "hook" });
    const steps = 1 + random.below(3);
    for (let step = 0; step < steps; step++) round.push(makeStep(random, options.kills));
    rounds.push(round);
  }
  return { seed, rounds };
}

function makeStep(random: Random, kills: boolean): Step {
  const flag: FlagName = { file: random.below(FILES), key: random.pick(["x", "y"] as const) };
  const daemon = random.pick(["a", "b"] as const);
  const kind = random.next();
  if (kind < 0.6) return { type: "write", daemon, flag, stale: random.chance(0.2) };
  if (kind < 0.75) return { type: "commit", flag };
  if (kind < 0.8) return { type: "force", flag };
  if (kind < 0.9 || !kills) return { type: "sync", daemon };
  return { type: "kill", daemon };
}
