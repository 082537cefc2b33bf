import { isListOperator } from "../read/constraint-operators.js";
import type { Constraint, Flag, JsonValue, Rollout, Rule, Segment, Variant } from "../read/document.js";

/** Text of an item as a tree, in the order of keys that is written and without what is empty: maps have an order. */
export type Tree = string | number | boolean | null | readonly Tree[] | ReadonlyMap<string, Tree>;

/** Keys of each kind of map in the order in which they are written. What is not listed is not ours to write. */
export const KEY_ORDER = {
  document: ["version", "namespace", "flags", "segments"],
  namespace: ["key", "name", "description"],
  flag: ["key", "name", "type", "description", "enabled", "metadata", "variants", "rules", "rollouts"],
  variant: ["default", "key", "name", "description", "attachment"],
  rule: ["segment", "rank", "distributions"],
  reference: ["keys", "operator", "value"],
  distribution: ["variant", "rollout"],
  rollout: ["description", "segment", "threshold"],
  threshold: ["percentage", "value"],
  segment: ["key", "name", "description", "constraints", "match_type"],
  constraint: ["type", "property", "operator", "value", "description"],
} as const satisfies Record<string, readonly string[]>;

/** Minor number of a 1.x version; absent means 1.6. */
export function minorVersion(version: string | undefined): number {
  return version === undefined ? 6 : Number(version.split(".")[1] ?? 0);
}

export function flagTree(flag: Flag, version: string | undefined): Tree {
  // Version 1.0 knows no `type`; a flag that needs one is refused when the result is read.
  const typed = minorVersion(version) >= 1 || flag.type !== "VARIANT_FLAG_TYPE";
  return tree([
    ["key", flag.key],
    ["name", flag.name],
    ["type", typed ? flag.type : ""],
    ["description", flag.description],
    ["enabled", flag.enabled, "always"],
    ["metadata", flag.metadata === undefined ? null : jsonTree(flag.metadata), "if-not-null"],
    ["variants", flag.variants.map(variantTree)],
    ["rules", flag.rules.map(ruleTree)],
    ["rollouts", flag.rollouts.map(rolloutTree)],
  ]);
}

export function segmentTree(segment: Segment, version: string | undefined): Tree {
  return tree([
    ["key", segment.key],
    ["name", segment.name],
    ["description", segment.description],
    ["constraints", segment.constraints.map((constraint) => constraintTree(constraint, version))],
    ["match_type", segment.matchType],
  ]);
}

export function namespaceTree(header: {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
}): Tree {
  return tree([
    ["key", header.key],
    ["name", header.name ?? ""],
    ["description", header.description ?? ""],
  ]);
}

function variantTree(variant: Variant): Tree {
  return tree([
    ["default", variant.default],
    ["key", variant.key],
    ["name", variant.name],
    ["description", variant.description],
    // An empty object or list is an attachment too.
    ["attachment", variant.attachment === undefined ? null : jsonTree(variant.attachment), "if-not-null"],
  ]);
}

function ruleTree(rule: Rule): Tree {
  return tree([
    [
      "segment",
      tree([
        // JSON files do not do without.
        ["keys", rule.segments, "always"],
        ["operator", rule.segmentOperator],
      ]),
    ],
    [
      "distributions",
      rule.distributions.map((distribution) =>
        tree([
          ["variant", distribution.variant],
          ["rollout", distribution.rollout, "always"],
        ]),
      ),
    ],
  ]);
}

function rolloutTree({ description, segment, threshold }: Rollout): Tree {
  return tree([
    ["description", description],
    [
      "segment",
      segment === undefined
        ? null
        : tree([
            // A rollout's reference without keys would be none.
            ["keys", segment.segments, "always"],
            ["operator", segment.segmentOperator],
            ["value", segment.value],
          ]),
    ],
    [
      "threshold",
      threshold === undefined
        ? null
        : tree([
            ["percentage", threshold.percentage, "always"],
            ["value", threshold.value],
          ]),
    ],
  ]);
}

function constraintTree(constraint: Constraint, version: string | undefined): Tree {
  const { type, property, operator, value, description } = constraint;
  const list = isListOperator(operator) ? listItems(value) : undefined;
  const native = list !== undefined && minorVersion(version) >= 6;
  return tree([
    ["type", type],
    ["property", property],
    ["operator", operator],
    native ? ["value", list, "always"] : ["value", value],
    ["description", description],
  ]);
}

/**
 * An item that was asked for as it reads once it stands in a file: lists of constraints sorted by
 * text, no empty metadata, no null for an attachment.
 */
export function storedForm<Item extends Flag | Segment>(item: Item): Item;
export function storedForm(item: Flag | Segment): Flag | Segment {
  if ("constraints" in item) return { ...item, constraints: item.constraints.map(storedConstraint) };
  const { metadata, ...rest } = item;
  return {
    ...rest,
    ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
    variants: item.variants.map(({ attachment, ...variant }) => ({
      ...variant,
      ...(attachment === undefined || attachment === null ? {} : { attachment }),
    })),
  };
}

function storedConstraint(constraint: Constraint): Constraint {
  const items = isListOperator(constraint.operator) ? listItems(constraint.value) : undefined;
  if (items === undefined) return constraint;
  const sorted = items.toSorted((a, b) => compareText(String(a), String(b)));
  return { ...constraint, value: JSON.stringify(sorted) };
}

/** Items of a list constraint; undefined when the text is no list of strings or numbers. */
export function listItems(value: string): readonly (string | number)[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const items = parsed.filter((item): item is string | number => typeof item === "string" || typeof item === "number");
  return items.length === parsed.length ? items : undefined;
}

/** Attachments and metadata: map keys are sorted. */
function jsonTree(value: JsonValue): Tree {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(jsonTree);
  if (typeof value !== "object" || value === null) return value as Tree;
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>);
  return new Map(entries.sort(([a], [b]) => compareText(a, b)).map(([key, item]) => [key, jsonTree(item)]));
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Entry = readonly [key: string, value: Tree, kept?: "always" | "if-not-null"];

function tree(entries: readonly Entry[]): ReadonlyMap<string, Tree> {
  const map = new Map<string, Tree>();
  for (const [key, value, kept] of entries) {
    if (kept === "always" || (kept === "if-not-null" ? value !== null : !isEmpty(value))) map.set(key, value);
  }
  return map;
}

function isEmpty(value: Tree): boolean {
  if (value === null || value === "" || value === false) return true;
  if (typeof value !== "object") return false;
  return isMap(value) ? value.size === 0 : value.length === 0;
}

export const isMap = (value: Tree): value is ReadonlyMap<string, Tree> => value instanceof Map;
export const isList = (value: Tree): value is readonly Tree[] => Array.isArray(value);

export function sameTree(a: Tree | undefined, b: Tree | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || typeof a !== "object" || typeof b !== "object") return false;
  if (a === null || b === null) return false;
  if (isMap(a)) {
    if (!isMap(b) || a.size !== b.size) return false;
    for (const [key, value] of a) if (!b.has(key) || !sameTree(value, b.get(key))) return false;
    return true;
  }
  return isList(b) && a.length === b.length && a.every((item, index) => sameTree(item, b[index]));
}
