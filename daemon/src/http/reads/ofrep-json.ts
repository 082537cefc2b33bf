import { randomUUID } from "node:crypto";
import type { CompiledFlag } from "@vexil/core";
import { evaluateBoolean, evaluateVariant } from "@vexil/core/serving";

const REASONS: Readonly<Record<string, string>> = {
  MATCH_EVALUATION_REASON: "TARGETING_MATCH",
  DEFAULT_EVALUATION_REASON: "DEFAULT",
  FLAG_DISABLED_EVALUATION_REASON: "DISABLED",
};

export interface OfrepEvaluation {
  readonly json: string;
  readonly variant: string;
  readonly match: boolean;
  readonly reason: string;
  readonly value: string;
  readonly segmentKeys: readonly string[];
}

/** Evaluates a flag of either type as OFREP shows it (`http-api.md` §5). */
export function evaluateOfrep(flag: CompiledFlag, context: Readonly<Record<string, string>>): OfrepEvaluation {
  const entityId = Object.hasOwn(context, "targetingKey") ? (context.targetingKey ?? "") : randomUUID();
  return flag.type === "BOOLEAN_FLAG_TYPE"
    ? booleanOfrep(flag, entityId, context)
    : variantOfrep(flag, entityId, context);
}

function booleanOfrep(
  flag: CompiledFlag,
  entityId: string,
  context: Readonly<Record<string, string>>,
): OfrepEvaluation {
  const { enabled, reason, segmentKeys } = evaluateBoolean(flag, entityId, context);
  const variant = enabled ? "true" : "false";
  const json = `{"key":${JSON.stringify(flag.key)},"reason":"${REASONS[reason] ?? "UNKNOWN"}","variant":"${variant}","value":${variant}}`;
  return { json, variant, match: reason === "MATCH_EVALUATION_REASON", reason, value: variant, segmentKeys };
}

function variantOfrep(
  flag: CompiledFlag,
  entityId: string,
  context: Readonly<Record<string, string>>,
): OfrepEvaluation {
  const { match, reason, variantKey, variantAttachment, segmentKeys } = evaluateVariant(flag, entityId, context);
  const metadata: string[] = [];
  if (variantAttachment !== "") metadata.push(`"attachment":${JSON.stringify(variantAttachment)}`);
  if (segmentKeys.length > 0) metadata.push(`"segments":${JSON.stringify(segmentKeys.join(","))}`);
  const variant = JSON.stringify(variantKey);
  const json =
    `{"key":${JSON.stringify(flag.key)},"reason":"${REASONS[reason] ?? "UNKNOWN"}","variant":${variant},` +
    `"metadata":{${metadata.join(",")}},"value":${variant}}`;
  return { json, variant: variantKey, match, reason, value: variantKey, segmentKeys };
}
