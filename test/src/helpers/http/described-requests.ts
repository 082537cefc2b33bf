import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import type { OpenApiDocument } from "./described-answers.js";

type Schema = Readonly<Record<string, unknown>>;
type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Schema };

/** Parameter or property → names of what there is, so that requests find something. */
export type Known = Readonly<Record<string, readonly string[]>>;

const ANYTHING: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom<unknown>(0, -1, 2.5, true, false, null, "", [], {}, [7, "x"], { a: null, b: [{}] }),
);

/** Form of an operation's requests, as the description says. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  readonly needsCredential: boolean;
}

export interface GeneratedRequest {
  /** Path and query, without the first slash. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export function describedOperations(document: OpenApiDocument): readonly DescribedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const described = operation as unknown as {
        readonly parameters: readonly Parameter[];
        readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Schema } } };
        readonly security?: readonly object[];
      };
      return {
        method: method.toUpperCase(),
        path,
        parameters: described.parameters,
        body: described.requestBody?.content["application/json"].schema,
        needsCredential: described.security !== undefined,
      };
    }),
  );
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = new WeakMap<Schema, (value: unknown) => boolean>();

function fits(schema: Schema, value: unknown): boolean {
  const validate = validators.get(schema) ?? ajv.compile(schema);
  validators.set(schema, validate);
  return validate(value);
}

/**
 * Values that fit a schema. A text takes one of the names that are known for it more often than not. One with a format stands for things of a kind that is not known here.
 */
function valid(schema: Schema, known: Known, name: string): fc.Arbitrary<unknown> {
  return raw(schema, known, name).filter((value) => fits(schema, value));
}

function raw(schema: Schema, known: Known, name: string): fc.Arbitrary<unknown> {
  const { anyOf, oneOf, allOf } = schema as Readonly<Record<string, readonly Schema[] | undefined>>;
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => raw(choice, known, name)));
  if (allOf !== undefined) {
    return fc
      .tuple(...allOf.map((part) => raw(part, known, name)))
      .map((parts) => Object.assign({}, ...parts) as unknown);
  }
  switch (schema.type) {
    case "string":
      return text(schema, known[name] ?? []);
    case "integer":
      return fc.integer({ min: Number(schema.minimum ?? -1000), max: Number(schema.maximum ?? 1000) });
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(raw((schema.items ?? {}) as Schema, known, name), { maxLength: 3 });
    case "object":
      return object(schema, known);
    default:
      return ANYTHING;
  }
}

function text(schema: Schema, known: readonly string[]): fc.Arbitrary<string> {
  const pattern = schema.pattern === undefined ? undefined : new RegExp(String(schema.pattern));
  const any =
    pattern === undefined || pattern.source.includes("(?") ? fc.string({ minLength: 1 }) : fc.stringMatching(pattern);
  const fitting = known.filter((value) => fits(schema, value));
  return schema.format === undefined && fitting.length > 0
    ? fc.oneof({ weight: 1, arbitrary: any }, { weight: 4, arbitrary: fc.constantFrom(...fitting) })
    : any;
}

function object(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema.required ?? []) as readonly string[];
  const named = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, raw(property, known, name)])),
    { requiredKeys: [...required] },
  );
  const more = schema.additionalProperties;
  if (more === false) return named;
  const others = typeof more === "object" && more !== null ? raw(more as Schema, known, "") : ANYTHING;
  return fc
    .tuple(fc.dictionary(fc.string({ minLength: 9 }), others, { maxKeys: 2 }), named)
    .map(([a, b]) => ({ ...a, ...b }));
}

/** Values, of other types mostly, that do not fit a schema; undefined where every value fits. */
function invalid(schema: Schema, known: Known): fc.Arbitrary<unknown> | undefined {
  const candidates = fc.oneof(ANYTHING, fc.constantFrom<unknown>(7, true, "", [], {}, [7]), broken(schema, known));
  return fc.sample(candidates, 50).some((value) => !fits(schema, value))
    ? candidates.filter((value) => !fits(schema, value))
    : undefined;
}

/** A fitting object with one property changed for the worse, or gone. */
function broken(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const target = ((schema.anyOf as readonly Schema[] | undefined) ?? [schema]).find(({ type }) => type === "object");
  const names = Object.keys((target?.properties ?? {}) as object);
  if (target === undefined || names.length === 0) return ANYTHING;
  return fc
    .tuple(
      valid(target, known, ""),
      fc.constantFrom(...names),
      fc.constantFrom<unknown>(undefined, 7, true, "\n", [7], {}),
    )
    .map(([value, name, wrong]) => ({ ...(value as object), [name]: wrong }));
}

/** Requests that the description allows. */
export function validRequests(operation: DescribedOperation, known: Known): fc.Arbitrary<GeneratedRequest> {
  return requests(operation, (schema, name) => valid(schema, known, name));
}

/** Requests that break the description in one place; undefined where any request is allowed. */
export function invalidRequests(
  operation: DescribedOperation,
  known: Known,
): fc.Arbitrary<GeneratedRequest> | undefined {
  const queries = operation.parameters.filter((parameter) => parameter.in === "query");
  const broken: fc.Arbitrary<GeneratedRequest>[] = [];
  for (const { schema } of queries) {
    const texts = fc.string({ minLength: 1 }).filter((value) => !fits(schema, value));
    if (schema.pattern === undefined) continue;
    broken.push(requests(operation, (one, name) => (one === schema ? texts : valid(one, known, name)), schema));
  }
  const { body } = operation;
  const worse = body === undefined ? undefined : invalid(body, known);
  if (worse !== undefined)
    broken.push(requests(operation, (one, name) => (one === body ? worse : valid(one, known, name))));
  return broken.length === 0 ? undefined : fc.oneof(...broken);
}

function requests(
  { path, parameters, body }: DescribedOperation,
  values: (schema: Schema, name: string) => fc.Arbitrary<unknown>,
  always?: Schema,
): fc.Arbitrary<GeneratedRequest> {
  const given = parameters.map(({ name, in: place, required, schema }) =>
    (required === true || place === "path" || schema === always
      ? values(schema, name)
      : fc.option(values(schema, name), { nil: undefined })
    ).map((value) => ({ name, place, value })),
  );
  const sent = body === undefined ? fc.constant(undefined) : values(body, "").map((value) => JSON.stringify(value));
  return fc.tuple(fc.tuple(...given), sent).map(([all, text]) => {
    const at = (place: string) => all.filter((one) => one.place === place && one.value !== undefined);
    const query = new URLSearchParams(Object.fromEntries(at("query").map(({ name, value }) => [name, String(value)])));
    const inPath = new Map(at("path").map(({ name, value }) => [name, String(value).replaceAll("/", "_")]));
    return {
      target: `${path.slice(1).replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(inPath.get(name) ?? ""))}?${query}`,
      headers: Object.fromEntries(at("header").map(({ name, value }) => [name, String(value)])),
      body: text,
    };
  });
}
