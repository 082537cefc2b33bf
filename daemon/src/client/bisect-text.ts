import type { ShownBisect } from "../http/past/shown-bisect.js";
import { counted } from "./counted.js";
import { describeChange } from "./describe-change.js";
import { stepsLines } from "./explained-text.js";
import { printable } from "./printable.js";

type Change = ShownBisect["changes"][number];
type Answer = Change["before"];

/**
 * A result of a search, for users. What others have written is harmless in it.
 * @param colors whether it is for a terminal
 */
export function bisectText(
  { changes, commits, evaluated, complete }: ShownBisect,
  { colors }: { colors: boolean },
): string {
  const blocks = changes.flatMap((change) => [...changeLines(change), ""]);
  // All together they would hide the commits.
  const [only, ...others] = changes;
  const explained = only === undefined || others.length > 0 ? [] : explanationLines(only, colors);
  const seen = `${counted(commits, "commit")} looked at, ${counted(evaluated, "state")} evaluated`;
  const none = changes.length === 0 ? ["no commit changed the answer"] : [];
  const rest = complete ? "" : "; older ones are not known, or there was no time for them";
  return [...blocks.map(printable), ...explained, ...none, `${seen}${rest}`, ""].join("\n");
}

function changeLines(change: Change): readonly string[] {
  return [
    `${change.revision}  ${change.time}  ${change.author} <${change.email}>`,
    `    ${change.message.split("\n")[0]}`,
    `    ${answerText(change.before)}  →  ${answerText(change.after)}`,
    ...change.items.flatMap(describeChange).map((line) => `    ${line}`),
  ];
}

function explanationLines({ explanation = {} }: Change, colors: boolean): readonly string[] {
  return (["before", "after"] as const).flatMap((side) => {
    const steps = explanation[side];
    return steps === undefined
      ? []
      : [`${side}:`, ...stepsLines(steps as Parameters<typeof stepsLines>[0], colors), ""];
  });
}

/** An answer in a line. */
export function answerText(answer: Answer): string {
  if (!("segmentKeys" in answer)) return "no such flag";
  const value = "enabled" in answer ? String(answer.enabled) : answer.variantKey || "(no variant)";
  const reason = answer.reason.replace("_EVALUATION_REASON", "").toLowerCase().replaceAll("_", " ");
  const segments = answer.segmentKeys.length === 0 ? "" : `, segments ${answer.segmentKeys.join(", ")}`;
  return `${value} (reason ${reason}${segments})`;
}
