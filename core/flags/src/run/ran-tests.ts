import type { RanTests } from "../cases/tested-file.js";
import type { NamespaceSnapshot } from "../compile/snapshot.js";
import type { Fault } from "../read/document.js";
import type { CaseResult } from "./run-cases.js";

/** Failures of one file that are passed on; `vexil test` shows them all. */
const MOST_FAILURES = 100;
/** The same of faults of the file itself. */
const MOST_FAULTS = 10;
/** Characters of a text that is passed on: attachments and names may be long. */
const LONGEST = 300;

const PASSED: RanTests = { failures: [], omitted: 0, placed: new Set(), hasUnplaced: false };

/** Nobody knows yet whether the cases of a file pass. */
export const UNREAD_TESTS: RanTests = {
  failures: [],
  omitted: 0,
  placed: new Set(),
  hasUnplaced: true,
  unread: true,
};

/** There is nothing that the cases could be asked of. */
export function withoutFeatures(file: string): RanTests {
  return unusable([{ file, reason: "there is no features file with a namespace beside it" }]);
}

/** Further files than an environment may have are not read. */
export function tooMany(file: string, count: number, most: number): RanTests {
  return unusable([{ file, reason: `there are ${count} tests files, more than the limit of ${most}` }]);
}

/** @param budgetMs processor time that a file has */
export function outOfTime(file: string, budgetMs: number): RanTests {
  return unusable([{ file, reason: `its cases take longer than the ${budgetMs / 1_000} s that a tests file has` }]);
}

export function faultyTests(file: string, faults: readonly Fault[]): RanTests {
  const first = faults.slice(0, MOST_FAULTS).map(({ line, column, reason }) => ({
    file,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    reason: cut(reason),
  }));
  return { ...unusable(first), omitted: faults.length - first.length };
}

function unusable(failures: readonly Omit<RanTests["failures"][number], "namespace">[]): RanTests {
  return {
    failures: failures.map((failure) => ({ ...failure, namespace: undefined })),
    omitted: 0,
    placed: new Set(),
    hasUnplaced: true,
  };
}

/**
 * Sums up the results of a file's cases. Those of namespaces with faults are left out: they say nothing of what is served;
 * and while there is one, a flag that is nowhere else may be there.
 */
export function ranTests(
  job: {
    readonly path: string;
    readonly own: readonly string[];
    readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
  },
  results: readonly CaseResult[],
): RanTests {
  const { path, own, namespaces } = job;
  const isWhole = own.every((key) => namespaces.has(key));
  const failures: RanTests["failures"][number][] = [];
  const placed = new Set<string>();
  let [omitted, hasUnplaced] = [0, false];
  for (const { case: one, namespace, failures: unmet, isPlaced } of results) {
    if (unmet.length === 0) continue;
    const place = isPlaced ? namespace : undefined;
    if (place === undefined ? !isWhole : !namespaces.has(place)) continue;
    if (place === undefined) hasUnplaced = true;
    else placed.add(place);
    if (failures.length >= MOST_FAILURES) {
      omitted += 1;
      continue;
    }
    const joined = (texts: readonly string[]): string => cut(texts.join("; "));
    failures.push({
      file: path,
      ...one.place,
      namespace: place,
      test: {
        name: cut(one.name),
        flag: cut(one.flag),
        expected: joined(unmet.map(({ expected }) => expected)),
        got: joined(unmet.map(({ got }) => got)),
      },
      reason: cut(
        `test ${JSON.stringify(cut(one.name))} of flag ${cut(one.flag)} fails: ${joined(unmet.map(({ text }) => text))}`,
      ),
    });
  }
  return failures.length === 0 ? PASSED : { failures, omitted, placed, hasUnplaced };
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
