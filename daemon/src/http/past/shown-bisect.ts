import type { AnswerChange, BisectResult, FlagAnswer } from "@vexil/engine/model/bisect";
import { z } from "zod";
import { itemChangeSchema, shownItemChange } from "../management/shown-item-change.js";

/** A flag's result, or that there is no such flag. */
const answerSchema = z.union([
  z.object({ enabled: z.boolean(), reason: z.string(), segmentKeys: z.array(z.string()) }),
  z.object({
    match: z.boolean(),
    variantKey: z.string(),
    variantAttachment: z.string(),
    reason: z.string(),
    segmentKeys: z.array(z.string()),
  }),
  z.object({ reason: z.literal("NOT_FOUND_ERROR_EVALUATION_REASON") }),
]);

/** Commits at which an answer changed. */
export const bisectSchema = z.object({
  changes: z.array(
    z.object({
      revision: z.string(),
      author: z.string(),
      email: z.string(),
      time: z.iso.datetime(),
      message: z.string(),
      before: answerSchema,
      after: answerSchema,
      items: z.array(itemChangeSchema),
    }),
  ),
  commits: z.int().describe("Commits looked at."),
  evaluated: z.int().describe("States in which the flag or its segments differ, so that it was evaluated."),
  complete: z.boolean().describe("False: the history is not known any further, or there was no time for the rest."),
});

export type ShownBisect = z.input<typeof bisectSchema>;

/** A result as answers and commands show it. */
export function shownBisect({ changes, commits, evaluated, complete }: BisectResult): ShownBisect {
  return { changes: changes.map(shownChange), commits, evaluated, complete };
}

function shownChange(change: AnswerChange): ShownBisect["changes"][number] {
  return {
    revision: change.revision,
    author: change.authorName,
    email: change.authorEmail,
    time: new Date(change.timestampMs).toISOString(),
    message: change.message.replace(/\n$/, ""),
    before: shownAnswer(change.before),
    after: shownAnswer(change.after),
    items: change.items.map(shownItemChange),
  };
}

function shownAnswer(answer: FlagAnswer): z.input<typeof answerSchema> {
  if (answer === undefined) return { reason: "NOT_FOUND_ERROR_EVALUATION_REASON" };
  if (answer.type === "boolean") {
    const { enabled, reason, segmentKeys } = answer.result;
    return { enabled, reason, segmentKeys: [...segmentKeys] };
  }
  const { match, variantKey, variantAttachment, reason, segmentKeys } = answer.result;
  return { match, variantKey, variantAttachment, reason, segmentKeys: [...segmentKeys] };
}
