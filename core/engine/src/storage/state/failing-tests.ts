import type { TestFailure } from "@vexil/flags/cases/tested-file";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { Oid } from "@vexil/plugin-api";

/** A test beside flags that fails, or a tests file that cannot be used, of what an environment is to serve. */
export interface FailingTest extends TestFailure {
  readonly environment: string;
  /** The commit that has it. */
  readonly revision: Oid;
  /** It keeps the namespaces from being served as that commit has them. */
  readonly enforced: boolean;
}

/** Namespaces that are named of one: those of a file may be thousands, and all of its failures be about each. */
const MOST_NAMED = 100;

/** The namespaces that a failing test is told with. */
export function namedNamespaces({ namespaces }: Pick<FailingTest, "namespaces">): string[] {
  return namespaces.slice(0, MOST_NAMED);
}

/** Failing tests of a state, and how many there are besides. */
export interface FailingTests {
  readonly failing: readonly FailingTest[];
  readonly omitted: number;
  /** Paths of tests files that were not run, for reasons that may pass. */
  readonly unread: readonly string[];
}

export const NO_FAILING_TESTS: FailingTests = { failing: [], omitted: 0, unread: [] };

/** Failing tests of what some environments are to serve. */
export function failingTests(snapshots: readonly (Snapshot | undefined)[]): FailingTests {
  const failing: FailingTest[] = [];
  const unread = new Set<string>();
  let omitted = 0;
  for (const snapshot of snapshots) {
    if (snapshot?.tests === undefined) continue;
    const { environment, revision, tests } = snapshot;
    for (const [path, file] of tests.files) {
      if (file.unread === true) unread.add(path);
      omitted += file.omitted;
      for (const failure of file.failures)
        failing.push({ environment, ...failure, revision, enforced: tests.enforced });
    }
  }
  return { failing, omitted, unread: [...unread] };
}
