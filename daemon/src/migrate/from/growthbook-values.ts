import { canonicalJson } from "@vexil/flags/read/canonical-json";
import type { JsonValue } from "@vexil/flags/read/document";
import type { SourceVariant } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";

/** All values that a feature may have, by names made of them. */
export function valuesOf(feature: SourceValue): {
  readonly variants: readonly SourceVariant[];
  nameOf(value: JsonValue): string;
} {
  const names = new Map<string, string>();
  const variants: SourceVariant[] = [];
  const nameOf = (value: JsonValue, wanted = ""): string => {
    const text = canonicalJson(value);
    const known = names.get(text);
    if (known !== undefined) return known;
    const own = typeof value === "object" || value === "" ? wanted || `value-${variants.length + 1}` : String(value);
    const isTaken = variants.some(({ name }) => name === own);
    const name = isTaken ? `${own}-${variants.length + 1}` : own;
    names.set(text, name);
    variants.push({ name, value });
    return name;
  };
  if (!feature.get("defaultValue").isAbsent) nameOf(feature.get("defaultValue").json());
  for (const rule of feature.get("rules").items()) {
    if (rule.get("force").raw !== undefined) nameOf(rule.get("force").json());
    const meta = rule.get("meta").items();
    for (const [index, variation] of rule.get("variations").items().entries()) {
      nameOf(variation.json(), meta[index]?.get("name").textOr("") ?? "");
    }
  }
  return { variants, nameOf };
}
