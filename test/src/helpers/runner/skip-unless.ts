import { spawnSync } from "node:child_process";
import test, { type ExecutionContext } from "ava";

type Body = (t: ExecutionContext) => Promise<void> | void;

/**
 * Skips a test that needs something which this machine does not have. ava knows no skip at run time: the test passes for
 * ava, and its log line tells `npm test` to count it as skipped, with the reason, and not as passed.
 * @param missing what is missing; undefined when nothing is
 * @returns whether the test was skipped and has to return
 */
export function skipUnless(t: ExecutionContext, missing: string | undefined): boolean {
  if (missing === undefined) return false;
  t.log(`skipped: ${missing.replaceAll(/\s+/g, " ").trim()}`);
  t.pass();
  return true;
}

/**
 * `test` for several tests of a file that need the same.
 * @param missing as for {@link skipUnless}
 */
export function testUnless(
  missing: string | undefined,
  declare: (title: string, body: Body) => void = test,
): (title: string, body: Body) => void {
  return (title, body) =>
    declare(title, async (t) => {
      if (!skipUnless(t, missing)) await body(t);
    });
}

/** Names the programs that are not installed, if any. */
export function missingPrograms(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => spawnSync(program, ["--version"]).error !== undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(", ")}`;
}
