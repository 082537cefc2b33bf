import type { JsonValue } from "@vexil/flags/read/document";
import { RefusedError } from "../../client/client-errors.js";
import type { Report } from "../model/report.js";
import type { SourceValue } from "../model/source-value.js";

type Fields = Readonly<Record<string, JsonValue>>;

export interface PlainDocument {
  readonly version?: JsonValue;
  readonly namespace: JsonValue;
  readonly flags: readonly JsonValue[];
  readonly segments: readonly JsonValue[];
}

const VERSION = /^1(?:\.[0-6])?$/;

/**
 * A document of version 1 as a features file may have it: numbers as versions, texts as attachments, older names of
 * fields.
 */
export function plainDocument(document: SourceValue, report: Report): PlainDocument {
  if (document.isAbsent) return { namespace: "default", flags: [], segments: [] };
  const version = document.get("version");
  const given = version.isAbsent ? "1.0" : String(version.raw);
  if (!VERSION.test(given)) throw new RefusedError(`${document.file}: version: ${given} is none that is known`);
  const unknown = document.entries().find(([name]) => !["version", "namespace", "flags", "segments"].includes(name));
  if (unknown !== undefined)
    throw new RefusedError(`${document.file}: ${unknown[0]}: a features file has no such field`);
  const flags = document.get("flags").items();
  return {
    version: laterOf(given === "1" ? "1.0" : given, flags),
    namespace: namespaceOf(document.get("namespace")),
    flags: flags.map((flag) => flagOf(flag, report)),
    segments: document.get("segments").items().map(segmentOf),
  };
}

/** The least version that has all fields of the flags: it was not looked at when files were read. */
function laterOf(version: string, flags: readonly SourceValue[]): string {
  if (version >= "1.3") return version;
  const isNewer = flags.some((flag) => {
    const isDefault = flag
      .get("variants")
      .items()
      .some((variant) => !variant.get("default").isAbsent);
    return isDefault || !flag.get("metadata").isAbsent;
  });
  return isNewer ? "1.3" : flags.some((flag) => !flag.get("type").isAbsent) && version === "1.0" ? "1.1" : version;
}

function namespaceOf(value: SourceValue): JsonValue {
  if (value.isAbsent || value.raw === "") return "default";
  if (!value.isMap) return value.text();
  const key = value.get("key").textOr("default");
  return { ...(value.raw as Fields), key };
}

function flagOf(flag: SourceValue, report: Report): JsonValue {
  const fields = without(flag, ["variants", "rules", "rollouts"]);
  const variants = flag
    .get("variants")
    .items()
    .map((variant) => variantOf(variant, report));
  const rules = flag.get("rules").items().map(ruleOf);
  const rollouts = flag
    .get("rollouts")
    .items()
    .map((rollout) => without(rollout, ["id", "rank"]));
  return {
    ...fields,
    name: (fields.name as string | undefined) || (fields.key as string),
    ...(variants.length === 0 ? {} : { variants }),
    ...(rules.length === 0 ? {} : { rules }),
    ...(rollouts.length === 0 ? {} : { rollouts }),
  };
}

function variantOf(variant: SourceValue, report: Report): JsonValue {
  const fields = without(variant, ["id", "attachment"]);
  const { where } = variant.get("attachment");
  const attachment = parsed(variant.get("attachment").json());
  if (attachment === null) return fields;
  if (typeof attachment === "object") return { ...fields, attachment };
  const why = "an attachment is a map or a list";
  report.add({ kind: "changed", where, what: "an attachment", why, done: "it is value in a map" });
  return { ...fields, attachment: { value: attachment } };
}

/** Attachments may be JSON in a text. */
function parsed(attachment: JsonValue): JsonValue {
  if (typeof attachment !== "string") return attachment;
  if (attachment.trim() === "") return null;
  try {
    return JSON.parse(attachment) as JsonValue;
  } catch {
    return attachment;
  }
}

/** `segment` is a key or has keys and operator; older files have `segments` and `operator` in the rule itself. */
function ruleOf(rule: SourceValue): JsonValue {
  const { segment, segments, operator, distributions } = without(rule, ["id", "rank"]);
  const keys = segments ?? (segment as Fields | undefined)?.keys;
  const wanted = operator ?? (segment as Fields | undefined)?.operator;
  const list = typeof segment === "string" ? [segment] : keys;
  return {
    segment: { ...(list === undefined ? {} : { keys: list }), ...(wanted === undefined ? {} : { operator: wanted }) },
    ...(distributions === undefined ? {} : { distributions }),
  };
}

function segmentOf(segment: SourceValue): JsonValue {
  const fields = without(segment, ["constraints"]);
  const constraints = segment
    .get("constraints")
    .items()
    .map((one) => without(one, ["id"]));
  return {
    ...fields,
    name: (fields.name as string | undefined) || (fields.key as string),
    match_type: (fields.match_type as string | undefined) ?? "ALL_MATCH_TYPE",
    ...(constraints.length === 0 ? {} : { constraints }),
  };
}

/** The fields that are not null, but for some. */
function without(value: SourceValue, names: readonly string[]): Fields {
  const kept = value.entries().filter(([name, field]) => !names.includes(name) && !field.isAbsent);
  return Object.fromEntries(kept.map(([name, field]) => [name, field.json()]));
}
