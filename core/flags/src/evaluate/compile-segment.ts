import { isListOperator } from "../read/constraint-operators.js";
import type { Constraint, Segment } from "../read/document.js";
import { parseInstant } from "../read/parse-instant.js";
import { parseNumber } from "../read/parse-number.js";
import type { CompiledConstraint, CompiledSegment } from "./compiled-flag.js";

const KINDS: Readonly<Record<Constraint["type"], CompiledConstraint["type"]>> = {
  STRING_COMPARISON_TYPE: "STRING",
  NUMBER_COMPARISON_TYPE: "NUMBER",
  BOOLEAN_COMPARISON_TYPE: "BOOLEAN",
  DATETIME_COMPARISON_TYPE: "DATETIME",
  ENTITY_ID_COMPARISON_TYPE: "ENTITY_ID",
};

/** A segment ready to match; undefined when a constraint is malformed, which takes it out of every rule. */
export function compileSegment(segment: Segment): CompiledSegment | undefined {
  const constraints: CompiledConstraint[] = [];
  for (const constraint of segment.constraints) {
    const value = compileValue(constraint);
    if (value === MALFORMED) return undefined;
    const { property, operator, value: text } = constraint;
    constraints.push({ type: KINDS[constraint.type], property, operator, text, value });
  }
  return { key: segment.key, keys: [segment.key], all: segment.matchType === "ALL_MATCH_TYPE", constraints };
}

const MALFORMED = Symbol("malformed");

function compileValue({ type, operator, value }: Constraint): CompiledConstraint["value"] | typeof MALFORMED {
  if (isListOperator(operator)) {
    const list = parseList(value);
    if (list === undefined) return MALFORMED;
    return type === "NUMBER_COMPARISON_TYPE" ? numbers(list) : texts(list);
  }
  if (operator === "present" || operator === "notpresent" || value === "") return undefined;
  if (type === "NUMBER_COMPARISON_TYPE") return parseNumber(value) ?? MALFORMED;
  if (type === "DATETIME_COMPARISON_TYPE") return parseInstant(value) ?? MALFORMED;
  return undefined;
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (value === null) return [];
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function numbers(list: readonly unknown[]): ReadonlySet<number> | typeof MALFORMED {
  const found = new Set<number>();
  for (const item of list) {
    const number = item ?? 0;
    if (typeof number !== "number" || !Number.isFinite(number)) return MALFORMED;
    found.add(number);
  }
  return found;
}

function texts(list: readonly unknown[]): ReadonlySet<string> | typeof MALFORMED {
  const found = new Set<string>();
  for (const item of list) {
    const text = item ?? "";
    if (typeof text !== "string") return MALFORMED;
    found.add(text);
  }
  return found;
}
