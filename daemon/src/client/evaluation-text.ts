import type { EvaluationAnswer } from "./ask-evaluation.js";

/** An answer for users: the value, then why. */
export function evaluationText(answer: EvaluationAnswer): string {
  const { at, revision } = answer;
  const { value, reason, attachment } = partsOf(answer);
  const lines = [
    value,
    `  ${reason}`,
    ...(at === undefined ? [] : [`  state ${revision}${originOf(at)}`]),
    ...(attachment === "" ? [] : [`  attachment ${attachment}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** The same in one line. */
export function evaluationLine(answer: EvaluationAnswer): string {
  const { value, reason, attachment } = partsOf(answer);
  return `${value} (${reason})${attachment === "" ? "" : ` ${attachment}`}`;
}

function partsOf({ booleanResponse, variantResponse }: EvaluationAnswer) {
  const { reason = "", segmentKeys = [] } = booleanResponse ?? variantResponse ?? {};
  const why = reason.replace("_EVALUATION_REASON", "").toLowerCase().replaceAll("_", " ");
  const segments = segmentKeys.length === 0 ? "" : `, segments ${segmentKeys.join(", ")}`;
  const { variantKey = "", variantAttachment = "" } = variantResponse ?? {};
  return {
    value: booleanResponse === undefined ? variantKey || "(no variant)" : String(booleanResponse.enabled),
    reason: `reason ${why}${segments}`,
    attachment: variantAttachment === "null" ? "" : variantAttachment,
  };
}

/** How the state of a time was found. */
function originOf({ kind, time, daemon }: NonNullable<EvaluationAnswer["at"]>): string {
  if (kind === "revision") return "";
  return kind === "served" ? `, served since ${time} by ${daemon}` : `, the branch's commit of ${time}`;
}
