import type { Context } from "../evaluate/context.js";
import type { Reason } from "../evaluate/reason.js";
import type { Fault, JsonValue } from "../read/document.js";
import { FieldReader, type Fields, mismatch } from "../read/field-reader.js";
import { LineIndex } from "../read/line-column.js";
import { readAttachment } from "../read/read-json-value.js";
import { type ReadSource, setOwn } from "../read/source-document.js";
import type { Expectation, FlagCase, ReadCases, ShareExpectation } from "./flag-case.js";

export const FILE_FIELDS = new Set(["version", "namespace", "tests"] as const);
export const CASE_FIELDS = new Set(["name", "namespace", "flag", "entity", "context", "expect"] as const);
export const EXPECT_FIELDS = new Set(["enabled", "variant", "attachment", "reason", "segments", "share"] as const);
export const SHARE_FIELDS = new Set(["enabled", "variant", "from", "to"] as const);

/** The format's versions. */
export const CASES_VERSIONS = ["1"] as const;
export const EXPECTED_REASONS: readonly Reason[] = [
  "MATCH_EVALUATION_REASON",
  "DEFAULT_EVALUATION_REASON",
  "FLAG_DISABLED_EVALUATION_REASON",
  "UNKNOWN_EVALUATION_REASON",
];
/** Cases of one file. */
export const MOST_CASES = 10_000;
const MOST_FAULTS = 100;

/** The cases that a source holds, or its faults with line and column. */
export function toCases(path: string, source: ReadSource): ReadCases {
  const lines = new LineIndex(source.text);
  const fault = (offset: number, reason: string): Fault => ({
    file: path,
    ...lines.at(offset),
    reason,
    namespaces: [],
  });
  if ("fault" in source) return { cases: [], faults: [fault(source.fault.offset, source.fault.reason)] };
  const cases: FlagCase[] = [];
  const faults: Fault[] = [];
  for (const { value, locate, locateItems } of source.documents) {
    const reader = new FieldReader();
    const read = readFile(reader, value);
    const offsets = read.length === 0 ? undefined : locateItems?.("tests");
    for (const [index, one] of read.entries()) {
      cases.push({ ...one, place: lines.at(offsets?.[index] ?? locate(["tests", index])) });
    }
    for (const { path: place, reason } of reader.faults) {
      faults.push(fault(locate(place), place.length === 0 ? reason : `${place.join(".")}: ${reason}`));
    }
    if (faults.length >= MOST_FAULTS) break;
  }
  return faults.length === 0 ? { cases, faults } : { cases: [], faults };
}

type UnplacedCase = Omit<FlagCase, "place">;

function readFile(reader: FieldReader, value: unknown): readonly UnplacedCase[] {
  const fields = reader.fields(value, FILE_FIELDS);
  if (fields === undefined) return [];
  reader.choice(fields, "version", CASES_VERSIONS);
  const namespace = fields.namespace === undefined ? undefined : reader.key(fields, "namespace");
  if (fields.tests === undefined) reader.at("tests", () => reader.fail("field is required but not present"));
  if (Array.isArray(fields.tests) && fields.tests.length > MOST_CASES) {
    reader.at("tests", () => reader.fail(`there are more than ${MOST_CASES} cases`));
    return [];
  }
  return reader.list(fields, "tests", (item) => readCase(reader, item, namespace));
}

function readCase(reader: FieldReader, value: unknown, namespace: string | undefined): UnplacedCase | undefined {
  const fields = reader.fields(value, CASE_FIELDS);
  if (fields === undefined) return undefined;
  const expect = reader.at("expect", () => readExpectation(reader, fields.expect));
  const { entity } = fields;
  if (expect.share === undefined) {
    if (entity === undefined) reader.at("entity", () => reader.fail("field is required but not present"));
  } else reader.forbid(fields, "entity", "a share is one of all entities, so none is named");
  return {
    name: reader.required(fields, "name"),
    namespace: fields.namespace === undefined ? namespace : reader.key(fields, "namespace"),
    flag: reader.key(fields, "flag"),
    entity: entity === undefined ? undefined : reader.text(fields, "entity"),
    context: reader.at("context", () => readContext(reader, fields.context)),
    expect,
  };
}

/** Contexts are texts; numbers and booleans stand for theirs. */
function readContext(reader: FieldReader, value: unknown): Context {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reader.fail(mismatch(value, "map"));
    return {};
  }
  const context: Record<string, string> = {};
  for (const [property, item] of Object.entries(value)) {
    const isText = ["string", "number", "boolean", "bigint"].includes(typeof item);
    if (isText) setOwn(context, property, String(item));
    else reader.at(property, () => reader.fail(mismatch(item, "string")));
  }
  return context;
}

function readExpectation(reader: FieldReader, value: unknown): Expectation {
  if (value === undefined) reader.fail("field is required but not present");
  const fields = value === undefined ? undefined : reader.fields(value, EXPECT_FIELDS);
  if (fields === undefined) return {};
  if (Object.keys(fields).length === 0) reader.fail("nothing is expected");
  const { enabled, variant, reason, segments, share } = fields;
  if (share !== undefined) {
    for (const name of Object.keys(fields)) {
      if (name !== "share") reader.forbid(fields, name, "not beside a share: it is one of all entities");
    }
    return { share: reader.at("share", () => readShare(reader, share)) };
  }
  return {
    ...(enabled === undefined ? {} : { enabled: reader.boolean(fields, "enabled") }),
    ...(variant === undefined ? {} : { variant: reader.text(fields, "variant") }),
    ...(fields.attachment === undefined ? {} : { attachment: attachmentOf(reader, fields.attachment) }),
    ...(reason === undefined ? {} : { reason: reader.choice(fields, "reason", EXPECTED_REASONS) }),
    ...(segments === undefined ? {} : { segments: reader.list(fields, "segments", (item) => reader.keyItem(item)) }),
  };
}

function attachmentOf(reader: FieldReader, value: unknown): JsonValue {
  return reader.at("attachment", () => readAttachment(reader, value)) ?? null;
}

function readShare(reader: FieldReader, value: unknown): ShareExpectation {
  const fields: Fields = reader.fields(value, SHARE_FIELDS) ?? {};
  const { enabled, variant } = fields;
  if ((enabled === undefined) === (variant === undefined)) reader.fail("one of enabled and variant is expected");
  const from = reader.number(fields, "from", 0, 100);
  const to = reader.number(fields, "to", 0, 100);
  if (from > to) reader.fail(`from ${from} is above to ${to}`);
  return {
    ...(enabled === undefined ? {} : { enabled: reader.boolean(fields, "enabled") }),
    ...(variant === undefined ? {} : { variant: reader.text(fields, "variant") }),
    from,
    to,
  };
}
