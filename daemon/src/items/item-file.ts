import { readFile } from "node:fs/promises";
import { text as streamText } from "node:stream/consumers";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { parseFeatures } from "@vexil/flags/read/parse";
import { parse, stringify } from "yaml";
import { RefusedError } from "../client/client-errors.js";
import { type FlagPayload, shownFlag } from "../http/management/shown-flag.js";
import { type SegmentPayload, shownSegment } from "../http/management/shown-segment.js";

/** Fields that a file of a flag or a segment names: each replaces the item's own. */
export type ItemFields<P> = Partial<P>;

type Payloads = { readonly flag: FlagPayload; readonly segment: SegmentPayload };

const KEYS: Readonly<Record<string, string>> = { match_type: "matchType", default_variant: "defaultVariant" };
const MOST_BYTES = 4 * 2 ** 20;

/**
 * Reads a flag or segment from a file (`-`: stdin), YAML or JSON: as an entry of a features file, or as `show` prints it.
 * @returns the fields that the file names
 * @throws RefusedError with the file, place and reason
 */
export async function readItemFile<T extends keyof Payloads>(
  file: string,
  type: T,
  key: string,
): Promise<ItemFields<Payloads[T]>> {
  const text = await textOf(file);
  const given = parsed(file, text);
  if (given.key !== undefined && given.key !== key) {
    throw new RefusedError(`${file}: it is the ${type} ${JSON.stringify(given.key)}, and not ${JSON.stringify(key)}`);
  }
  const { "@type": url, ...fields } = given;
  if (url !== undefined) return { ...fields, key } as ItemFields<Payloads[T]>;
  // What is missing for a whole item is not what is asked about.
  const whole =
    type === "flag" ? { name: key, type: "BOOLEAN_FLAG_TYPE" } : { name: key, match_type: "ALL_MATCH_TYPE" };
  const entry = { ...whole, ...(given.variants === undefined ? {} : { type: "VARIANT_FLAG_TYPE" }), ...given, key };
  const document = stringify({ namespace: "default", [`${type}s`]: [entry] }, { aliasDuplicateObjects: false });
  const read = parseFeatures("features.yaml", Buffer.from(document), DEFAULT_FEATURE_LIMITS);
  const [fault] = read.faults;
  // Its places are those of the document that was made around it.
  if (fault !== undefined) throw new RefusedError(`${file}: ${fault.reason.replace(`${type}s.0.`, "")}`);
  const [content] = read.documents;
  const payload = type === "flag" ? shownFlag(content?.flags[0] as never) : shownSegment(content?.segments[0] as never);
  const named = new Set(["key", ...Object.keys(fields).map((name) => KEYS[name] ?? name)]);
  if (named.has("variants")) named.add("defaultVariant").add("type");
  return Object.fromEntries(Object.entries(payload).filter(([name]) => named.has(name))) as ItemFields<Payloads[T]>;
}

/** JSON as it stands in an argument, or in a file that `@` comes before. */
export async function jsonArgument(text: string, what: string): Promise<unknown> {
  const source = text.startsWith("@") ? await textOf(text.slice(1)) : text;
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new RefusedError(`${what} is no JSON: ${(error as Error).message}`);
  }
}

function parsed(file: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new RefusedError(`${file}: ${(error as Error).message.split("\n")[0]}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RefusedError(`${file}: it holds no fields such as "name: …"`);
}

async function textOf(file: string): Promise<string> {
  try {
    const text = await (file === "-" ? streamText(process.stdin) : readFile(file, "utf8"));
    if (text.length <= MOST_BYTES) return text;
  } catch (error) {
    throw new RefusedError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  throw new RefusedError(`${file} is longer than ${MOST_BYTES} bytes`);
}
