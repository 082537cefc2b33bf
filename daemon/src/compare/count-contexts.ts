import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import type { Context } from "@vexil/flags/evaluate/context";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { z } from "zod";
import { boundedLines } from "./bounded-lines.js";

/** Real contexts, and for how many of them each flag (`<namespace>/<key>`) answers otherwise. */
export interface CountedContexts {
  readonly total: number;
  readonly changed: ReadonlyMap<string, number>;
}

/** The same flag in two states; undefined where it does not exist. */
export interface FlagVersions {
  readonly namespace: string;
  readonly flag: string;
  readonly base: CompiledFlag | undefined;
  readonly head: CompiledFlag | undefined;
}

const lineSchema = z.object({
  entityId: z.string().default(""),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default(() => ({})),
});

/** A line that is longer than this is no context. */
const LONGEST = 1_000_000;

/**
 * Evaluates both states for each line of a file: `{"entityId": "ada", "context": {"plan": "beta"}}`. Lines are read one
 * after the other, so that a file may have any number of them, and none of them goes anywhere.
 * @param seen is told how many there were so far
 * @throws Error with file and line, for one that is no context; for a file without any, which would pass every check
 */
export async function countContexts(
  file: string,
  flags: readonly FlagVersions[],
  seen: (total: number) => void = () => undefined,
): Promise<CountedContexts> {
  const changed = new Map(flags.map(({ namespace, flag }) => [`${namespace}/${flag}`, 0]));
  let total = 0;
  let number = 0;
  for await (const line of boundedLines(file, LONGEST)) {
    number += 1;
    if (line.trim() === "") continue;
    const { entityId, context } = parse(line, `${file}:${number}`);
    total += 1;
    if (total % 1_000 === 0) seen(total);
    for (const { namespace, flag, base, head } of flags) {
      if (answerOf(base, entityId, context) === answerOf(head, entityId, context)) continue;
      const name = `${namespace}/${flag}`;
      changed.set(name, (changed.get(name) ?? 0) + 1);
    }
  }
  if (total === 0) throw new Error(`${file} has no contexts; write {"entityId": "ada", "context": {}}, one to a line`);
  return { total, changed };
}

function parse(line: string, place: string): z.output<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    throw new Error(`${place}: write {"entityId": "ada", "context": {"plan": "beta"}}, one to a line`);
  }
}

/** A text that is the same for equal answers: value, variant and attachment. */
function answerOf(flag: CompiledFlag | undefined, entityId: string, context: Context): string {
  if (flag === undefined) return "";
  if (flag.type === "BOOLEAN_FLAG_TYPE") return String(evaluateBoolean(flag, entityId, context).enabled);
  const { variantKey, variantAttachment } = evaluateVariant(flag, entityId, context);
  return `${JSON.stringify(variantKey)} ${variantAttachment}`;
}
