import type { Evaluation } from "../api/types.js";

const REASONS: Readonly<Record<string, string>> = {
  FLAG_DISABLED_EVALUATION_REASON: "the flag is off",
  MATCH_EVALUATION_REASON: "a rule or rollout matched",
  DEFAULT_EVALUATION_REASON: "nothing matched",
  // Told of a variant flag without a default.
  UNKNOWN_EVALUATION_REASON: "nothing matched",
};

export const reasonWords = ({ reason }: Evaluation): string =>
  REASONS[reason] ?? "the server tells no reason that is known";

/** Value of an answer as a text; empty where no variant was given. */
export const valueText = (evaluation: Evaluation): string =>
  "enabled" in evaluation ? String(evaluation.enabled) : evaluation.variantKey;

/** Attachment of the variant that was given; empty for none. */
export function attachmentOf(evaluation: Evaluation): string {
  const text = "enabled" in evaluation ? "" : evaluation.variantAttachment;
  return text === "null" ? "" : text;
}
