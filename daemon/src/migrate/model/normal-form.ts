import type { Comparison, Condition } from "./condition.js";
import { NotCarried } from "./not-carried.js";

/** Comparisons that are all true of an entity. */
export type Conjunction = readonly Comparison[];

/** Segments of one rule, beyond which nobody could read it. */
export const MOST_SEGMENTS = 64;
const MOST_COMPARISONS = 200;
/** While it is worked out more may come up than stays. */
const MOST_WORK = 400;
/** Conjunctions that are made on the way. */
const MOST_STEPS = 10_000;

interface Steps {
  left: number;
}

/**
 * A condition as a list of conjunctions of which at least one has to be true: a segment each. None: it is about nobody;
 * an empty one: about everybody.
 * @throws NotCarried where it would take too many
 */
export function conjunctionsOf(condition: Condition): readonly Conjunction[] {
  const found = absorbed(spread(condition, { left: MOST_STEPS }));
  if (found.length > MOST_SEGMENTS || found.some((one) => one.length > MOST_COMPARISONS)) throw tooMany();
  return found;
}

function spread(condition: Condition, steps: Steps): readonly Conjunction[] {
  if (condition.is === "comparison") return [[condition.comparison]];
  if (condition.is === "any") {
    const all = condition.of.flatMap((one) => spread(one, steps));
    if (all.length > MOST_WORK) throw tooMany();
    return all;
  }
  let product: readonly Conjunction[] = [[]];
  for (const part of condition.of) {
    const factors = spread(part, steps);
    const made = product.length * factors.length;
    steps.left -= made;
    if (made > MOST_WORK || steps.left < 0 || product.some((one) => one.length > MOST_WORK)) throw tooMany();
    product = absorbed(
      product.flatMap((left) => factors.map((right) => tidied([...left, ...right])).filter((one) => one !== undefined)),
    );
  }
  return product;
}

/** Without what is said twice or follows from the rest; undefined where it contradicts itself. */
function tidied(comparisons: Conjunction): Conjunction | undefined {
  const unique = [...new Map(comparisons.map((one) => [textOf(one), one])).values()];
  const having = new Set(unique.filter((one) => !isMissing(one)).map(({ property }) => property));
  if (unique.some((one) => isMissing(one) && having.has(one.property))) return undefined;
  const compared = new Set(unique.filter((one) => !isPresence(one)).map(({ property }) => property));
  const kept = unique.filter((one) => isMissing(one) || !isPresence(one) || !compared.has(one.property));
  const texts = new Set(kept.map(textOf));
  const contradicts = kept.some(({ type, property, operator, value }) => {
    const opposite = CONTRADICTIONS[operator];
    return opposite !== undefined && texts.has(textOf({ type, property, operator: opposite, ...(value && { value }) }));
  });
  return contradicts ? undefined : kept;
}

const CONTRADICTIONS: Readonly<Record<string, string>> = {
  eq: "neq",
  lt: "gte",
  gt: "lte",
  isoneof: "isnotoneof",
  contains: "notcontains",
  true: "false",
};

const isMissing = ({ operator }: Comparison): boolean => operator === "empty" || operator === "notpresent";
const isPresence = (one: Comparison): boolean =>
  isMissing(one) || one.operator === "notempty" || one.operator === "present";

/** Identity of a comparison. */
export function textOf({ type, property, operator, value }: Comparison): string {
  return JSON.stringify([type, property, operator, value ?? ""]);
}

/** Without those that another one, which asks for less, makes needless. */
function absorbed(conjunctions: readonly Conjunction[]): readonly Conjunction[] {
  const sets = conjunctions.map((one) => new Set(one.map(textOf)));
  return conjunctions.filter((_, index) => {
    const own = sets[index] as ReadonlySet<string>;
    return !sets.some((other, at) => {
      if (at === index || other.size > own.size || (other.size === own.size && at > index)) return false;
      return [...other].every((text) => own.has(text));
    });
  });
}

function tooMany(): NotCarried {
  return new NotCarried(`its condition would take more than ${MOST_SEGMENTS} segments`);
}
