import type { CompiledConstraint } from "../evaluate/compiled-flag.js";

/** A text that is equal for constraints that are written the same, and only for them, even where several are joined. */
export function constraintId({ type, property, operator, text }: CompiledConstraint): string {
  return `${type} ${operator} ${property.length} ${property} ${text.length} ${text}\n`;
}
