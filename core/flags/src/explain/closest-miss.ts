import type { CompiledConstraint, CompiledFlag, CompiledRule } from "../evaluate/compiled-flag.js";
import { contextValue } from "../evaluate/context.js";
import { matchConstraint } from "../evaluate/match-constraint.js";
import { candidateValues, valuesBetween } from "./candidate-values.js";
import { type Decision, decide, givenValue, isMatch, type Question } from "./decide.js";
import type { ClosestMiss } from "./explanation.js";
import { type Repair, repairsOf } from "./repairs.js";

/** Constraints that are looked at in the search altogether; a flag with more of them has fewer ways tried. */
const MOST_LOOKS = 50_000;
/** Ways that are tried. */
const MOST_TRIED = 64;
/** Values that are tried for one property. */
const MOST_VALUES = 64;

/**
 * The smallest change of the context by which one of the rules or rollouts that were missed would have decided, with
 * another value: of one property if any does, else of a few. Each is evaluated before it is told.
 */
export function closestMiss(flag: CompiledFlag, question: Question, decision: Decision): ClosestMiss | undefined {
  const missed = missedSteps(flag, decision);
  if (missed.length === 0) return undefined;
  let constraints = 0;
  for (const { segments } of missed) for (const segment of segments) constraints += segment.constraints.length;
  const tried = Math.max(1, Math.min(MOST_TRIED, Math.floor(MOST_LOOKS / (constraints + 1))));
  const repairs: Repair[] = [];
  for (const step of missed) {
    repairs.push(...repairsOf(step, question, tried));
    if (repairs.length >= MOST_TRIED) break;
  }
  repairs.sort((a, b) => a.properties.length - b.properties.length);
  const budget = { looks: MOST_LOOKS };
  for (const repair of repairs.slice(0, tried)) {
    const change = changeOf(repair, question, budget);
    if (change === undefined) continue;
    const { result } = decide(flag, changed(question, change));
    const isOther = !isMatch(decision.result) || givenValue(result) !== givenValue(decision.result);
    if (isMatch(result) && isOther) return { change: Object.fromEntries(change), gives: givenValue(result) };
  }
  return undefined;
}

/** Rules or rollouts by segment that were tried and did not apply. */
function missedSteps(flag: CompiledFlag, { index }: Decision): readonly Pick<CompiledRule, "segments" | "and">[] {
  if (flag.type === "VARIANT_FLAG_TYPE") return flag.enabled ? flag.rules.slice(0, index) : [];
  return flag.rollouts.slice(0, index).filter((rollout) => rollout.type === "segment");
}

type Change = ReadonlyMap<string, string>;

/** A value for each property such that the repair's constraints on it are true. */
function changeOf(
  { constraints, properties }: Repair,
  { entityId, context }: Question,
  budget: { looks: number },
): Change | undefined {
  const change = new Map<string, string>();
  for (const property of properties) {
    const wanted = constraints.filter(
      (constraint) => constraint.property === property && constraint.type !== "ENTITY_ID",
    );
    const value = valuesFor(wanted, contextValue(context, property)).find((candidate) => {
      budget.looks -= wanted.length;
      if (budget.looks < 0) return false;
      const tried = { [property]: candidate };
      return wanted.every((constraint) => matchConstraint(constraint, entityId, tried));
    });
    if (value === undefined) return undefined;
    change.set(property, value);
  }
  return change;
}

function valuesFor(constraints: readonly CompiledConstraint[], present: string): readonly string[] {
  const values: string[] = [];
  for (const constraint of constraints) {
    values.push(...candidateValues(constraint, present));
    if (values.length >= MOST_VALUES) return values.slice(0, MOST_VALUES);
  }
  for (const one of constraints.slice(0, 8)) {
    for (const other of constraints.slice(0, 8)) if (one !== other) values.push(...valuesBetween(one, other));
  }
  return values;
}

/** The question with some properties changed: only what is asked of them is matched anew. */
function changed({ entityId, context, matches }: Question, change: Change): Question {
  const values = Object.fromEntries(change);
  return {
    entityId,
    context,
    matches: (constraint) => {
      const isTouched = constraint.type !== "ENTITY_ID" && change.has(constraint.property);
      return isTouched ? matchConstraint(constraint, entityId, values) : matches(constraint, entityId, context);
    },
  };
}
