import type { TestedFile, TestFailure } from "../cases/tested-file.js";
import type { Snapshot } from "../compile/snapshot.js";
import { type Change, namespacesOf } from "./change.js";
import { testsFail, testsUnread } from "./write-errors.js";

/**
 * Refuses a change with which enforced tests fail of a namespace that it touches. What failed before is let pass where
 * the change is about other namespaces.
 * @returns paths of the files that the tests were passed with
 * @throws VexilError VEXIL_VALIDATION_TESTS with the failures in `details.tests`, VEXIL_UNAVAILABLE_STORAGE while it is
 *   not known whether tests pass
 */
export function checkTests(
  change: Change,
  before: Snapshot,
  after: Snapshot,
  files: ReadonlyMap<string, Uint8Array | undefined>,
): readonly string[] {
  const { tests } = after;
  if (tests?.enforced !== true || tests.files.size === 0) return [];
  const about = namespacesOf(change);
  const touched = new Set(about);
  for (const path of files.keys()) {
    for (const { files: known } of [before, after]) {
      for (const key of known.get(path)?.namespaces ?? []) touched.add(key);
    }
  }
  const own = [...tests.files].filter(([, { namespaces }]) => namespaces.some((key) => touched.has(key)));
  const counts = (key: string): boolean =>
    touched.has(key) && (about === undefined || about.has(key) || before.tests?.untrusted.has(key) !== true);
  refuseFailing(own, counts);
  const features = [...after.files].filter(([, { namespaces }]) => namespaces.some((key) => touched.has(key)));
  return [...own, ...features].map(([path]) => path);
}

function refuseFailing(
  tested: readonly (readonly [path: string, file: TestedFile])[],
  counts: (namespace: string) => boolean,
): void {
  const failures: TestFailure[] = [];
  let omitted = 0;
  for (const [path, { failing, failures: ofFile, omitted: besides, unread }] of tested) {
    if (![...failing].some(counts)) continue;
    if (unread === true) throw testsUnread(path);
    failures.push(...ofFile.filter(({ namespaces }) => namespaces.some(counts)));
    omitted += besides;
  }
  if (failures.length > 0 || omitted > 0) throw testsFail(failures, omitted);
}
