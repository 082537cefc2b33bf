import type { AnswerChange, BisectResult, FlagAnswer } from "@vexil/engine/model/bisect";
import type { Engine } from "@vexil/engine/model/engine";
import { z } from "zod";
import { stepsSchema } from "../explain/explanation-schema.js";
import { type ExplainedSteps, type ShownSteps, shownSteps } from "../explain/shown-explanation.js";
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
      changed: z.boolean().describe("False: what the answer is made of changed, and the answer is the same."),
      items: z.array(itemChangeSchema),
      explanation: z
        .object({ before: stepsSchema.optional(), after: stepsSchema.optional() })
        .optional()
        .describe("How the answers came about; lines and last changes are looked for in the latest change."),
    }),
  ),
  commits: z.int().describe("Commits looked at."),
  evaluated: z.int().describe("States in which the flag or its segments differ, so that it was evaluated."),
  complete: z.boolean().describe("False: the history is not known any further, or there was no room for the rest."),
  known: z.boolean().describe("The flag is there in a state that was looked at."),
  next: z.string().optional().describe("Where the search goes on, as the next one's `to`."),
  skip: z.int().optional().describe("The next one's `skip`, where it needs it."),
});

export type ShownBisect = z.input<typeof bisectSchema>;
type ShownAnswerChange = ShownBisect["changes"][number];

/** A result as answers and commands show it. */
export async function shownBisect(
  engine: Pick<Engine, "sources">,
  environment: string,
  { changes, commits, evaluated, complete, known, next, skip }: BisectResult,
): Promise<ShownBisect> {
  const sides = changes.flatMap(({ explained: { before, after } }) => [before, after]);
  const wanted = sides.flatMap((side): readonly ExplainedSteps[] =>
    side === undefined ? [] : [{ ...side, environment }],
  );
  const [latest] = changes;
  const sourced = [latest?.explained.before, latest?.explained.after].filter((side) => side !== undefined).length;
  const steps = (await shownSteps(engine, wanted, sourced)).values();
  const shown: ShownAnswerChange[] = [];
  for (const change of changes) {
    const explanation: { before?: ShownSteps; after?: ShownSteps } = {};
    for (const side of ["before", "after"] as const) {
      if (change.explained[side] !== undefined) explanation[side] = steps.next().value as ShownSteps;
    }
    const isExplained = Object.keys(explanation).length > 0;
    shown.push({
      ...shownChange(change),
      ...(isExplained && { explanation: explanation as ShownAnswerChange["explanation"] }),
    });
  }
  const rest = { ...(next === undefined ? {} : { next }), ...(skip === undefined ? {} : { skip }) };
  return { changes: shown, commits, evaluated, complete, known, ...rest };
}

function shownChange(change: AnswerChange): ShownAnswerChange {
  return {
    revision: change.revision,
    author: change.authorName,
    email: change.authorEmail,
    time: new Date(change.timestampMs).toISOString(),
    message: change.message.replace(/\n$/, ""),
    before: shownAnswer(change.before),
    after: shownAnswer(change.after),
    changed: change.isAnswerChanged,
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
