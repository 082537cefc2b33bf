import { AssertionError } from "node:assert/strict";
import { inspect } from "node:util";
import type { ConformanceCase } from "./conformance-case.js";

/** Characters of a value in a message. */
const MOST = 200;
const OPERATORS: ReadonlySet<string> = new Set(["strictEqual", "deepStrictEqual", "match", "doesNotMatch"]);

/**
 * The same cases, whose failures say what was expected, what came, and what the contract demands, so that whoever writes
 * the plugin need not read the case.
 * @param contract the member that is on trial, and what its comment in this package promises
 */
export function explained(contract: string, cases: readonly ConformanceCase[]): readonly ConformanceCase[] {
  return cases.map(({ title, run }) => ({
    title,
    run: () =>
      run().catch((error: unknown) => {
        const text = `${differenceOf(error)}; the contract: ${contract}`;
        if (!(error instanceof AssertionError)) throw new Error(text, { cause: error });
        // It keeps both values: a runner that shows their difference goes on doing so.
        error.message = text;
        throw error;
      }),
  }));
}

function differenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AssertionError) || !OPERATORS.has(error.operator)) return message;
  const difference = `expected ${short(error.expected)}, got ${short(error.actual)}`;
  // Node adds the values, over several lines, to what the case says.
  return error.generatedMessage ? difference : `${message.split("\n")[0]}: ${difference}`;
}

function short(value: unknown): string {
  const text = inspect(value, {
    depth: 3,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 5,
    maxStringLength: MOST,
  });
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
