import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { JsonValue } from "../read/document.js";

/**
 * An answer as far as an application acts on it: its value, and what is attached to that. Why it came about (reason,
 * matched segments) does not count. `null`: there is no such flag.
 */
export type Answer =
  | { readonly enabled: boolean }
  | { readonly variant: string; readonly attachment?: JsonValue }
  | null;

/** An answer while it is worked with: a text that is equal for equal answers, and only for them. */
export interface KeyedAnswer {
  readonly key: string;
  readonly answer: Answer;
}

export const NO_FLAG: KeyedAnswer = { key: "", answer: null };
const ENABLED: KeyedAnswer = { key: "true", answer: { enabled: true } };
const NOT_ENABLED: KeyedAnswer = { key: "false", answer: { enabled: false } };

export function booleanAnswer(enabled: boolean): KeyedAnswer {
  return enabled ? ENABLED : NOT_ENABLED;
}

/** @param attachment its JSON text; `""` without a variant, `null` for a variant that has none */
export function variantAnswer(variant: string, attachment: string): KeyedAnswer {
  const key = `${JSON.stringify(variant)} ${attachment}`;
  if (attachment === "" || attachment === "null") return { key, answer: { variant } };
  return { key, answer: { variant, attachment: JSON.parse(attachment) as JsonValue } };
}

/** Buckets that the entities of a flag are spread over. */
export function gridOf({ type }: Pick<CompiledFlag, "type">): 100 | 1000 {
  return type === "BOOLEAN_FLAG_TYPE" ? 100 : 1000;
}
