import { VexilError } from "@vexil/plugin-api/errors";
import type { GroupRun } from "./group-run.js";

const BACK_OFF_MS = 20;

/** Milliseconds that spread out those who try again. */
export function backOffMs(moves: number): number {
  return BACK_OFF_MS * 2 ** Math.min(moves, 5) * Math.random();
}

/** Refuses what is left of a group whose branch does not stand still. */
export function tooManyRetries({ branch, moves }: GroupRun): VexilError {
  return new VexilError(
    "VEXIL_CONFLICT_HEAD_MOVED",
    `the branch "${branch.name}" moved at each of ${moves} tries; try again`,
    { details: { step: "push" } },
  );
}
