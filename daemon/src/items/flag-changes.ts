import { RefusedError } from "../client/client-errors.js";
import type { FlagPayload } from "../http/management/shown-flag.js";
import { jsonArgument, readItemFile } from "./item-file.js";
import type { WriteOptions } from "./write-options.js";

/** Options that say what a flag is to be. */
export interface FlagOptions extends WriteOptions {
  readonly file?: string;
  readonly name?: string;
  readonly description?: string;
  readonly type?: "boolean" | "variant";
  readonly enabled?: true;
  readonly disabled?: true;
  readonly percentage?: number;
  readonly variant: readonly string[];
  readonly attachment: readonly string[];
  readonly defaultVariant?: string;
  readonly metadata: readonly string[];
}

type Rollout = FlagPayload["rollouts"][number];

/** A flag as the options ask for it: what the file says comes first, then each option. */
export async function changedFlag(before: FlagPayload, options: FlagOptions): Promise<FlagPayload> {
  const { file, name, description, type, percentage, defaultVariant } = options;
  const enabled = options.disabled === undefined ? options.enabled : false;
  const fields = file === undefined ? {} : await readItemFile(file, "flag", before.key);
  const flag: FlagPayload = {
    ...before,
    ...fields,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(type !== undefined && { type: `${type.toUpperCase()}_FLAG_TYPE` as FlagPayload["type"] }),
    ...(enabled !== undefined && { enabled }),
  };
  const variants = await withAttachments(withVariants(flag.variants, options.variant), options.attachment);
  const metadata = await withMetadata(flag.metadata, options.metadata);
  return {
    ...flag,
    variants,
    ...(metadata !== undefined && { metadata }),
    ...(defaultVariant !== undefined && { defaultVariant: known(defaultVariant, variants) }),
    ...(percentage !== undefined && { rollouts: withPercentage(flag, percentage) }),
  };
}

/** A flag that is not there yet. */
export function newFlag(key: string, { variant }: FlagOptions): FlagPayload {
  const type = variant.length > 0 ? "VARIANT_FLAG_TYPE" : "BOOLEAN_FLAG_TYPE";
  const empty = { description: "", enabled: false, variants: [], rules: [], rollouts: [] };
  return { "@type": "flipt.core.Flag", key, name: key, type, ...empty };
}

/** Rollouts in which so many percent of the entities get true; those of segments come first, as they did. */
function withPercentage(
  { type, enabled, rollouts, key }: FlagPayload,
  percentage: number,
): readonly Rollout[] & Rollout[] {
  if (type !== "BOOLEAN_FLAG_TYPE") {
    throw new RefusedError(`${key} is a variant flag: its shares stand in its rules, so give them with --file`);
  }
  if (enabled && percentage < 100) {
    throw new RefusedError(
      `${key}: whom the percentage leaves out gets what the flag itself says, which is true while it is enabled: give --disabled, too`,
    );
  }
  const threshold: Rollout = {
    type: "THRESHOLD_ROLLOUT_TYPE",
    description: "",
    threshold: { percentage, value: true },
  };
  const at = rollouts.findIndex((rollout) => rollout.threshold?.value === true);
  if (at === -1) return [...rollouts, threshold];
  return rollouts.with(at, { ...threshold, description: rollouts[at]?.description ?? "" });
}

function withVariants(before: FlagPayload["variants"], keys: readonly string[]): FlagPayload["variants"] {
  const added = keys.filter((key) => !before.some((variant) => variant.key === key));
  return [...before, ...added.map((key) => ({ key, name: key, description: "" }))];
}

async function withAttachments(
  before: FlagPayload["variants"],
  given: readonly string[],
): Promise<FlagPayload["variants"]> {
  const variants = [...before];
  for (const text of given) {
    const [key, json] = halves(text, "--attachment", "variant=JSON or variant=@file");
    const at = variants.findIndex((variant) => variant.key === known(key, variants));
    const attachment = await jsonArgument(json, `the attachment of ${key}`);
    variants[at] = { ...(variants[at] as FlagPayload["variants"][number]), attachment };
  }
  return variants;
}

async function withMetadata(
  before: FlagPayload["metadata"],
  given: readonly string[],
): Promise<FlagPayload["metadata"]> {
  if (given.length === 0) return before;
  const metadata = { ...before };
  for (const text of given) {
    const [key, value] = halves(text, "--metadata", "key=value");
    if (value === "") delete metadata[key];
    // A value that is no JSON is a text.
    else
      metadata[key] = /^(?:[{["@]|true$|false$|-?\d)/.test(value)
        ? await jsonArgument(value, `metadata ${key}`)
        : value;
  }
  return metadata;
}

function known(key: string, variants: FlagPayload["variants"]): string {
  if (variants.some((variant) => variant.key === key)) return key;
  const names = variants.map((variant) => variant.key).join(", ");
  throw new RefusedError(
    `there is no variant ${key}${names === "" ? "" : ` (there are ${names})`}; add it with --variant ${key}`,
  );
}

function halves(text: string, option: string, form: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new RefusedError(`${option} ${text}: write ${form}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
