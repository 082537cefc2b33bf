import type { JsonValue, Variant } from "@vexil/flags/read/document";
import type { Report } from "../model/report.js";
import type { SourceFlag, SourceVariant } from "../model/source-flag.js";

/** Variants as they are here, and which of them each of the source's names means. */
export interface PlannedVariants {
  readonly variants: readonly Variant[];
  readonly keys: ReadonlyMap<string, string>;
}

const MOST_CHARACTERS = 200;

/** Tells whether what a flag gives is true or false, whatever its variants are called. */
export function isBooleanFlag({ variants, givesNames }: SourceFlag): boolean {
  return givesNames === undefined && variants.length > 0 && variants.every(({ value }) => typeof value === "boolean");
}

/**
 * The variants of a flag. What applications are given is a variant's key: texts become keys, and the names they had
 * stay as names. Of all else the key is the name, and the value the attachment.
 */
export function planVariants(flag: SourceFlag, report: Report): PlannedVariants {
  const { variants, where } = flag;
  const texts = new Set(variants.map(({ value }) => value));
  const areKeys = variants.every(({ value }) => typeof value === "string" && isKey(value));
  const isByValue = flag.givesNames === undefined && areKeys && texts.size === variants.length;
  const keys = new Map<string, string>();
  const planned = variants.map((variant, index): Variant => {
    const key = isByValue ? String(variant.value) : keyOf(variant.name, index, keys);
    keys.set(variant.name, key);
    const attachment = isByValue ? undefined : attachmentOf(variant.value);
    return {
      key,
      name: key === variant.name ? "" : oneLine(variant.name),
      description: variant.description ?? "",
      ...(attachment === undefined ? {} : { attachment }),
      default: false,
    };
  });
  if (!isByValue && flag.givesNames === undefined && planned.some(({ attachment }) => attachment !== undefined)) {
    report.add({
      kind: "changed",
      where: `${where}.variants`,
      what: "values that are no texts of their own",
      why: "a flag gives the key of a variant, which is a text",
      done: "the key is the variant's name, and the value is its attachment (one that is no map or list: value in it)",
    });
  }
  return { variants: planned, keys };
}

function attachmentOf(value: JsonValue): JsonValue | undefined {
  if (value === null) return undefined;
  return typeof value === "object" ? value : { value };
}

/** A name as a key that no other variant has. */
function keyOf(name: string, index: number, taken: ReadonlyMap<string, string>): string {
  const wanted = isKey(name) ? name : oneLine(name).slice(0, MOST_CHARACTERS) || `variant-${index + 1}`;
  const keys = new Set(taken.values());
  let key = wanted;
  for (let number = 2; keys.has(key); number += 1) key = `${wanted}-${number}`;
  return key;
}

const isKey = (text: string): boolean => text !== "" && text.length <= MOST_CHARACTERS && !/[\p{Cc}\p{Cs}]/u.test(text);

export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, " ").trim();
}

export function variantNamed({ variants }: SourceFlag, name: string | undefined): SourceVariant | undefined {
  return variants.find((variant) => variant.name === name);
}
