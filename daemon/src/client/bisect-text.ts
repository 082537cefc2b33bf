import type { ShownBisect } from "../http/past/shown-bisect.js";
import { describeChange } from "./describe-change.js";

type Change = ShownBisect["changes"][number];
type Answer = Change["before"];

/** A result of a search, for users. */
export function bisectText({ changes, commits, evaluated, complete }: ShownBisect): string {
  const blocks = changes.flatMap((change) => [
    `${change.revision}  ${change.time}  ${change.author} <${change.email}>`,
    `    ${change.message.split("\n")[0]}`,
    `    ${answerText(change.before)}  →  ${answerText(change.after)}`,
    ...change.items.flatMap(describeChange).map((line) => `    ${line}`),
    "",
  ]);
  const seen = `${counted(commits, "commit")} looked at, ${counted(evaluated, "state")} evaluated`;
  const none = changes.length === 0 ? ["no commit changed the answer"] : [];
  const rest = complete ? "" : "; older ones are not known, or there was no time for them";
  return [...blocks, ...none, `${seen}${rest}`, ""].join("\n");
}

function answerText(answer: Answer): string {
  if (!("segmentKeys" in answer)) return "no such flag";
  const value = "enabled" in answer ? String(answer.enabled) : answer.variantKey || "(no variant)";
  const reason = answer.reason.replace("_EVALUATION_REASON", "").toLowerCase().replaceAll("_", " ");
  const segments = answer.segmentKeys.length === 0 ? "" : `, segments ${answer.segmentKeys.join(", ")}`;
  return `${value} (reason ${reason}${segments})`;
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
