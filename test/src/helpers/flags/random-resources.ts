import { shortestFloat } from "@vexil/flags/compile/shortest-float";
import fc from "fast-check";
import type { Json } from "../daemon/daemon.js";

export interface Resource {
  readonly type: "flipt.core.Flag" | "flipt.core.Segment";
  readonly key: string;
}

/** Namespace → type → key → payload as it is shown. */
export type Model = Map<string, Map<Resource["type"], Map<string, Json>>>;

/** A write before it is known what is there: numbers choose among that. */
export interface Write {
  readonly namespace: number;
  readonly choice: number;
  readonly kind: "put flag" | "put segment" | "delete flag" | "delete segment";
  readonly flag: Json;
  readonly segment: Json;
  readonly references: readonly number[];
}

const NAMES = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
  fc.constantFrom("yes", "null", "1.5", "# no comment", "- x", "a: b", " x ", "'", '"', "ünï", "日本", "\u2028", "\t"),
);
/** A name may not hold a line break. */
const NAME = NAMES.map((name) => name.replaceAll("\n", " "));
const DESCRIPTION = fc.oneof(fc.constant(""), NAMES, fc.constant("two\nlines\n"));
const JSON_VALUE = fc
  .jsonValue({ maxDepth: 3, noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);
const OBJECT = fc
  .dictionary(fc.string({ maxLength: 6, unit: "grapheme" }), JSON_VALUE, { maxKeys: 4 })
  .map((value) => sorted(JSON.parse(JSON.stringify(value)) as Json));
const METADATA = OBJECT.map((value) =>
  Object.fromEntries(Object.entries(value as Record<string, Json>).filter(([, item]) => item !== null)),
);
const PERCENT = fc
  .oneof(fc.constantFrom(0, 100, 33.333333, 1e-7, 50), fc.float({ min: 0, max: 100, noNaN: true }))
  .map((value) => shortestFloat(value + 0));
const OPERATOR = fc.constantFrom("OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR");

const VARIANT = fc.record({
  key: NAME,
  name: fc.oneof(fc.constant(""), NAME),
  description: DESCRIPTION,
  attachment: fc.oneof(fc.constant(undefined), OBJECT, fc.array(JSON_VALUE.map(sorted), { maxLength: 3 })),
});

const FLAG = fc.record({
  type: fc.constantFrom("VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"),
  name: NAME,
  description: DESCRIPTION,
  enabled: fc.boolean(),
  variants: fc.uniqueArray(VARIANT, { maxLength: 3, selector: ({ key }) => key }),
  rules: fc.array(fc.record({ segmentOperator: OPERATOR, rollouts: fc.array(PERCENT, { maxLength: 2 }) }), {
    maxLength: 2,
  }),
  rollouts: fc.array(
    fc.record({
      description: DESCRIPTION,
      value: fc.boolean(),
      percentage: PERCENT,
      segment: fc.boolean(),
      segmentOperator: OPERATOR,
    }),
    { maxLength: 2 },
  ),
  hasDefault: fc.boolean(),
  metadata: fc.oneof(fc.constant(undefined), METADATA),
});

const LIST = { strings: '["a","ü"]', numbers: "[1,2.5]" };
const CONSTRAINT = fc
  .record({
    kind: fc.constantFrom(
      ["STRING_COMPARISON_TYPE", "eq", "text"],
      ["STRING_COMPARISON_TYPE", "empty", ""],
      ["STRING_COMPARISON_TYPE", "isoneof", LIST.strings],
      ["NUMBER_COMPARISON_TYPE", "lte", "1.50"],
      ["NUMBER_COMPARISON_TYPE", "isnotoneof", LIST.numbers],
      ["BOOLEAN_COMPARISON_TYPE", "true", ""],
      ["DATETIME_COMPARISON_TYPE", "gt", "2020-01-01"],
      ["ENTITY_ID_COMPARISON_TYPE", "prefix", "- x: #"],
    ),
    property: NAME,
    description: DESCRIPTION,
  })
  .map(({ kind: [type, operator, value], property, description }) => ({
    type,
    property,
    operator,
    value,
    description,
  }));

const SEGMENT = fc.record({
  matchType: fc.constantFrom("ALL_MATCH_TYPE", "ANY_MATCH_TYPE"),
  name: NAME,
  description: DESCRIPTION,
  constraints: fc.array(CONSTRAINT, { maxLength: 3 }),
});

/** A sequence of writes. */
export function writes(): fc.Arbitrary<readonly Write[]> {
  const write = fc.record({
    namespace: fc.nat(),
    choice: fc.nat({ max: 7 }),
    kind: fc.constantFrom("put flag", "put flag", "put flag", "put segment", "delete flag", "delete segment"),
    flag: FLAG,
    segment: SEGMENT,
    references: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  }) as fc.Arbitrary<Write>;
  return fc.array(write, { minLength: 8, maxLength: 16 });
}

/** The request of a write on what is there now, and the payload as it is shown then (undefined: deleted). */
export interface MadeWrite {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body: unknown;
  readonly namespace: string;
  readonly resource: Resource;
  /** As it is answered. */
  readonly payload: Json | undefined;
  /** As it is read afterwards: an empty map of metadata is not written. */
  readonly stored: Json | undefined;
}

/** undefined: not possible now (a segment in use; metadata in a version that has none). */
export function makeWrite(write: Write, model: Model): MadeWrite | undefined {
  const namespaces = [...model.keys()];
  const namespace = namespaces[write.namespace % namespaces.length] as string;
  const type = write.kind.endsWith("flag") ? "flipt.core.Flag" : "flipt.core.Segment";
  const items = model.get(namespace)?.get(type) ?? new Map<string, Json>();
  // Half of the writes meet what is there, the others make something new.
  const existing = [...items.keys()];
  const key = existing[write.choice] ?? `new-${write.choice}`;
  const resource: Resource = { type, key };
  const path = `/api/v2/environments/default/namespaces/${namespace}/resources`;
  if (write.kind.startsWith("delete")) {
    if (type === "flipt.core.Segment" && isUsed(key, model.get(namespace))) return undefined;
    return {
      method: "DELETE",
      path: `${path}/${type}/${key}`,
      body: undefined,
      namespace,
      resource,
      payload: undefined,
      stored: undefined,
    };
  }
  const shown =
    type === "flipt.core.Flag" ? shownFlag(key, write, namespace, model) : { "@type": type, key, ...write.segment };
  const method = items.has(key) ? "PUT" : "POST";
  return { method, path, body: { key, payload: shown }, namespace, resource, payload: shown, stored: storedOf(shown) };
}

function storedOf(shown: Json): Json {
  const { metadata, ...rest } = shown;
  return metadata === undefined || Object.keys(metadata).length === 0 ? rest : shown;
}

function shownFlag(key: string, { flag, references }: Write, namespace: string, model: Model): Json {
  const { hasDefault, metadata, rules, rollouts, variants, ...plain } = flag;
  const segments = [...(model.get(namespace)?.get("flipt.core.Segment")?.keys() ?? [])];
  // Version 1.2 knows neither metadata nor default variants.
  const isOld = namespace === "old";
  const named = (index: number): readonly string[] =>
    segments.length === 0 ? [] : [segments[(references[index] ?? 0) % segments.length] as string];
  const shownVariants = variants.map(({ attachment, ...variant }: Json) => ({
    ...variant,
    ...(attachment === undefined ? {} : { attachment }),
  }));
  return {
    "@type": "flipt.core.Flag",
    key,
    ...plain,
    variants: shownVariants,
    // JSON files have no form for a rule without segments.
    rules: (namespace === "json" && segments.length === 0 ? [] : rules).map(
      ({ segmentOperator, rollouts: shares }: Json, index: number) => ({
        segmentOperator,
        segments: named(index),
        distributions:
          variants.length === 0
            ? []
            : shares.map((rollout: number, at: number) => ({
                variant: variants[at % variants.length].key,
                rollout,
              })),
      }),
    ),
    rollouts:
      plain.type === "BOOLEAN_FLAG_TYPE"
        ? rollouts.map(({ description, value, percentage, segment, segmentOperator }: Json, index: number) =>
            segment && segments.length > 0
              ? {
                  type: "SEGMENT_ROLLOUT_TYPE",
                  description,
                  segment: { value, segments: named(index + 2), segmentOperator },
                }
              : { type: "THRESHOLD_ROLLOUT_TYPE", description, threshold: { percentage, value } },
          )
        : [],
    ...(hasDefault && variants.length > 0 && !isOld ? { defaultVariant: variants[0].key } : {}),
    ...(metadata === undefined || isOld ? {} : { metadata }),
  };
}

function isUsed(key: string, items: Map<Resource["type"], Map<string, Json>> | undefined): boolean {
  return [...(items?.get("flipt.core.Flag")?.values() ?? [])].some(({ rules, rollouts }) =>
    [...rules, ...rollouts.map(({ segment }: Json) => segment ?? { segments: [] })].some(({ segments }: Json) =>
      segments.includes(key),
    ),
  );
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
