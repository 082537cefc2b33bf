import fc from "fast-check";
import { asTexts, contexts, type TypedContext } from "./contexts.js";
import type { ImportedFlags } from "./imported.js";

/** How another system answers, and what of it was carried over. */
export interface Compared {
  readonly ours: ImportedFlags;
  /** Flags as the other system has them, by key. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The other system's answer to an application. */
  theirs(key: string, context: TypedContext): unknown;
  /** The answer that is due where a flag was not carried over whole; undefined: it is not looked at. */
  heldAt(key: string): unknown;
}

/**
 * Asks both systems for every flag with random contexts.
 * @returns how many flags were carried over whole
 * @throws Error with the flag, the context and both answers where these differ
 */
export function requireSameMeaning({ ours, flags, theirs, heldAt }: Compared, seed: number, count = 40): number {
  const asked = fc.sample(contexts, { numRuns: count, seed });
  let carried = 0;
  for (const [key, flag] of Object.entries(flags)) {
    const isLost = ours.isLost(key);
    if (!isLost) carried += 1;
    for (const context of asked) {
      const answer = ours.answer(key, context.id, asTexts(context));
      const expected = isLost ? heldAt(key) : theirs(key, context);
      if (isLost && expected === undefined) continue;
      if (JSON.stringify(answer) === JSON.stringify(expected)) continue;
      const told = JSON.stringify({ seed, key, isLost, context, answer, expected, flag });
      const own = [...ours.texts.values()].join("\n");
      const shown = own.split("\n  - key: ").filter((part) => part.startsWith(key));
      throw new Error(`${told}\n${shown.join("\n")}`);
    }
  }
  return carried;
}

/** A seed by chance; a failure tells it. */
export const randomSeed = (): number => Math.floor(Math.random() * 2 ** 31);
