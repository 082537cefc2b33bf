import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { CompiledFlag, Snapshot } from "@vexil/flags/compile/snapshot";
import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import type { Context } from "@vexil/flags/evaluate/context";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { z } from "zod";

/** Real contexts, and for how many of them each flag (`<namespace>/<key>`) answers otherwise. */
export interface CountedContexts {
  readonly total: number;
  readonly changed: ReadonlyMap<string, number>;
}

const lineSchema = z.object({
  entityId: z.string().default(""),
  context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default(() => ({})),
});

/** A line that is longer than this is no context. */
const LONGEST = 1_000_000;

/**
 * Evaluates both states for each line of a file: `{"entityId": "ada", "context": {"plan": "beta"}}`. Lines are read one
 * after the other, so that a file may have any number of them.
 * @throws Error with file and line, for one that is no context
 */
export async function countContexts(
  file: string,
  states: { readonly base: Snapshot; readonly head: Snapshot },
  flags: readonly { readonly namespace: string; readonly flag: string }[],
): Promise<CountedContexts> {
  const versions = flags.map(({ namespace, flag }) => ({
    name: `${namespace}/${flag}`,
    base: states.base.namespaces.get(namespace)?.flags.get(flag),
    head: states.head.namespaces.get(namespace)?.flags.get(flag),
  }));
  const changed = new Map(versions.map(({ name }) => [name, 0]));
  let total = 0;
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() === "") continue;
    const { entityId, context } = parse(line, `${file}:${number}`);
    total += 1;
    for (const { name, base, head } of versions) {
      if (answerOf(base, entityId, context) !== answerOf(head, entityId, context)) {
        changed.set(name, (changed.get(name) ?? 0) + 1);
      }
    }
  }
  return { total, changed };
}

function parse(line: string, place: string): z.output<typeof lineSchema> {
  if (line.length > LONGEST) throw new Error(`${place}: the line has more than ${LONGEST} characters`);
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
