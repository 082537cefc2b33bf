import { VexilError } from "@vexil/plugin-api/errors";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { CompiledConstraint, CompiledFlag, CompiledSegment } from "../evaluate/compiled-flag.js";
import type { Context } from "../evaluate/context.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import type { ConstraintMatch } from "../evaluate/match-segments.js";
import { segmentKeys } from "./decide.js";

/** Characters that constraints may look at in one go: theirs, and those of the values that they see. */
const IN_ONE_GO = 20_000;
const OF_EACH = 50;
/** Time after which it is given up. */
const MOST_MS = 10_000;

/**
 * Decides about a flag's constraints for an entity. Where that takes long it is done ahead, in slices, for as many
 * rules or rollouts as will be tried.
 * @throws VexilError VEXIL_VALIDATION_REQUEST where it takes too long; what `signal` is aborted with
 */
export async function matchInSlices(
  flag: CompiledFlag,
  entityId: string,
  context: Context,
  signal: AbortSignal,
): Promise<ConstraintMatch> {
  const steps = [...flag.rules, ...flag.rollouts.filter((rollout) => rollout.type === "segment")];
  if (isQuick(steps, entityId, context)) return matchConstraint;
  const known = new Map<CompiledConstraint, boolean>();
  const matches: ConstraintMatch = (constraint) =>
    known.get(constraint) ?? matchConstraint(constraint, entityId, context);
  const slice = new TimeSlice();
  const until = performance.now() + MOST_MS;
  for (const step of steps) {
    for (const segment of step.segments) {
      for (const constraint of segment.constraints) {
        if (known.has(constraint)) continue;
        if (slice.due) {
          await slice.next();
          signal.throwIfAborted();
          if (performance.now() > until) throw tooMuch();
        }
        known.set(constraint, matchConstraint(constraint, entityId, context));
      }
    }
    // A threshold that comes first is not asked here: at worst too much is known.
    if (segmentKeys(step, { entityId, context, matches }) !== undefined) break;
  }
  return matches;
}

function tooMuch(): VexilError {
  return new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `it takes longer than ${MOST_MS / 1_000} s to try all constraints: ask with shorter values, or a smaller flag`,
  );
}

function isQuick(
  steps: readonly { readonly segments: readonly CompiledSegment[] }[],
  entityId: string,
  context: Context,
): boolean {
  let size = 0;
  for (const { segments } of steps) {
    for (const { constraints } of segments) {
      for (const { type, property, text } of constraints) {
        const value = type === "ENTITY_ID" ? entityId : Object.hasOwn(context, property) ? context[property] : "";
        size += OF_EACH + text.length + (value ?? "").length;
        if (size > IN_ONE_GO) return false;
      }
    }
  }
  return true;
}
