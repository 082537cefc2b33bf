import type { JsonObject, JsonValue } from "@vexil/flags/read/document";
import type { SourceVariant } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";

/** Variations: maps with `value` and perhaps `name` in lists of the API, bare values in files of the SDKs. */
export function variationsOf(flag: SourceValue): readonly SourceVariant[] {
  const isApi = !flag.get("environments").isAbsent;
  const taken = new Set<string>();
  return flag
    .get("variations")
    .items()
    .map((variation, index) => {
      const value = isApi ? variation.get("value").json() : variation.json();
      const name = (isApi ? variation.get("name").textOr("") : "") || nameOf(value, index);
      const unique = taken.has(name) ? `${name}-${index + 1}` : name;
      taken.add(unique);
      const description = isApi ? variation.get("description").textOr("") : "";
      return { name: unique, value, ...(description === "" ? {} : { description }) };
    });
}

function nameOf(value: JsonValue, index: number): string {
  return typeof value === "object" ? `variation-${index + 1}` : String(value) || `variation-${index + 1}`;
}

export function metadataOf(flag: SourceValue): { readonly metadata?: JsonObject } {
  const tags = flag
    .get("tags")
    .items()
    .map((tag) => tag.json());
  const isTemporary = flag.get("temporary");
  const metadata = {
    ...(tags.length === 0 ? {} : { tags }),
    ...(isTemporary.isAbsent ? {} : { temporary: isTemporary.json() }),
  };
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}
