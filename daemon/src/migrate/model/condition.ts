import type { ConstraintType } from "@vexil/flags/read/document";
import { NotCarried } from "./not-carried.js";

/** One comparison, as a constraint of a segment makes it. */
export interface Comparison {
  readonly type: ConstraintType;
  readonly property: string;
  readonly operator: string;
  /** A list for `isoneof` and `isnotoneof`; undefined where the operator takes none. */
  readonly value?: string | readonly string[] | readonly number[];
}

/** The entities that a rule of another system is about, in comparisons that segments can make. */
export type Condition = { readonly is: "comparison"; readonly comparison: Comparison } | Joined;

interface Joined {
  readonly is: "all" | "any";
  readonly of: readonly Condition[];
  /** How many it is made of, all together. */
  readonly comparisons: number;
}

/** Conditions are copied into others: each that has the one before twice would be twice as large. */
const MOST_COMPARISONS = 20_000;

export const EVERYBODY: Condition = { is: "all", of: [], comparisons: 0 };
export const NOBODY: Condition = { is: "any", of: [], comparisons: 0 };

export function comparison(
  type: ConstraintType,
  property: string,
  operator: string,
  value?: Comparison["value"],
): Condition {
  return { is: "comparison", comparison: { type, property, operator, ...(value === undefined ? {} : { value }) } };
}

/** @throws NotCarried where it would be too large */
export function allOf(of: readonly Condition[]): Condition {
  const parts = of.flatMap((one) => (one.is === "all" ? one.of : [one]));
  return parts.some(isNobody) ? NOBODY : joined("all", parts);
}

/** @throws NotCarried where it would be too large */
export function anyOf(of: readonly Condition[]): Condition {
  const parts = of.flatMap((one) => (one.is === "any" ? one.of : [one]));
  return parts.some(isEverybody) ? EVERYBODY : joined("any", parts);
}

function joined(is: Joined["is"], of: readonly Condition[]): Condition {
  const [first, ...others] = of;
  if (first !== undefined && others.length === 0) return first;
  const comparisons = of.reduce((sum, one) => sum + (one.is === "comparison" ? 1 : one.comparisons), 0);
  if (comparisons <= MOST_COMPARISONS) return { is, of, comparisons };
  throw new NotCarried(`its condition would take more than ${MOST_COMPARISONS} comparisons`);
}

export const isEverybody = (one: Condition): boolean => one.is === "all" && one.of.length === 0;
export const isNobody = (one: Condition): boolean => one.is === "any" && one.of.length === 0;

/** The operator that is true where the other is false, as long as there is a value at all. */
const OPPOSITES: Readonly<Record<string, string>> = {
  eq: "neq",
  neq: "eq",
  lt: "gte",
  gte: "lt",
  gt: "lte",
  lte: "gt",
  isoneof: "isnotoneof",
  isnotoneof: "isoneof",
  contains: "notcontains",
  notcontains: "contains",
  true: "false",
  false: "true",
};
const WITHOUT_VALUE: Readonly<Record<string, string>> = {
  empty: "notempty",
  notempty: "empty",
  present: "notpresent",
  notpresent: "present",
};

/** Operators that have no opposite, in words. */
const ONE_SIDED: Readonly<Record<string, string>> = { prefix: "begin with", suffix: "end with" };

/**
 * Everybody whom a condition is not about, those included whose context lacks the property.
 * @param whereThere leaves these out: the property has to be there all the same
 * @throws NotCarried where no comparison says so
 */
export function not(condition: Condition, whereThere = false): Condition {
  if (condition.is !== "comparison") {
    const opposites = condition.of.map((one) => not(one, whereThere));
    return condition.is === "all" ? anyOf(opposites) : allOf(opposites);
  }
  const { type, property, operator, value } = condition.comparison;
  const bare = WITHOUT_VALUE[operator];
  if (bare !== undefined) return comparison(type, property, bare);
  const opposite = OPPOSITES[operator];
  if (opposite === undefined) throw withoutOpposite(condition.comparison);
  const known = comparison(type, property, opposite, value);
  // An entity always has an id.
  return whereThere || type === "ENTITY_ID_COMPARISON_TYPE" ? known : anyOf([known, missing(type, property)]);
}

function withoutOpposite({ property, operator, value }: Comparison): NotCarried {
  const said = `${ONE_SIDED[operator] ?? operator} ${JSON.stringify(value)}`;
  return new NotCarried(
    `no constraint says that ${property} does not ${said}; instead of it, have an earlier rule for those of whom it does`,
  );
}

/** Whoever has a property, whatever it is. */
export function present(property: string): Condition {
  return comparison("STRING_COMPARISON_TYPE", property, "notempty");
}

/** Whoever has no such property, or an empty one. */
export function missing(type: ConstraintType, property: string): Condition {
  return comparison(type, property, type === "STRING_COMPARISON_TYPE" ? "empty" : "notpresent");
}
