import { isFeaturesPath, relativePath } from "../read/feature-paths.js";
import type { TestedFiles } from "./enforce-tests.js";
import type { FileVersion } from "./kept-files.js";
import type { BuildInput } from "./snapshot-builder.js";
import { isTestsFile } from "./state-tests.js";

/** Files whose content is another than that of a known state. */
export interface ChangedFiles {
  readonly features: readonly FileVersion[];
  /** Tests files that came or changed. */
  readonly tests: readonly FileVersion[];
  /** Paths of tests files that are gone. */
  readonly goneTests: readonly string[];
}

export function isNothing({ features, tests, goneTests }: ChangedFiles): boolean {
  return features.length === 0 && tests.length === 0 && goneTests.length === 0;
}

export function sameChanges(one: ChangedFiles, other: ChangedFiles): boolean {
  return (
    sameVersions(one.features, other.features) &&
    sameVersions(one.tests, other.tests) &&
    one.goneTests.join("\n") === other.goneTests.join("\n")
  );
}

function sameVersions(some: readonly FileVersion[], others: readonly FileVersion[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ path, oid }, index) => others[index]?.path === path && others[index]?.oid === oid)
  );
}

/** Undefined when the features files are not at the same paths. */
export function changedFiles(
  known: { readonly loaded: ReadonlyMap<string, FileVersion>; readonly tested: TestedFiles },
  { directory, files, tests = "off" }: BuildInput,
): ChangedFiles | undefined {
  const changed: FileVersion[] = [];
  const changedTests: FileVersion[] = [];
  let [found, foundTests] = [0, 0];
  for (const [path, oid] of files) {
    const before = known.loaded.get(path);
    if (before !== undefined) {
      found += 1;
      if (before.oid !== oid) changed.push({ path, oid });
      continue;
    }
    const tested = known.tested.get(path);
    if (tested !== undefined) {
      foundTests += 1;
      if (tested.oid !== oid) changedTests.push({ path, oid });
      continue;
    }
    const relative = relativePath(directory, path);
    if (relative === undefined) continue;
    if (isFeaturesPath(relative)) return undefined;
    if (tests !== "off" && isTestsFile(directory, path)) changedTests.push({ path, oid });
  }
  if (found !== known.loaded.size) return undefined;
  const goneTests = foundTests === known.tested.size ? [] : [...known.tested.keys()].filter((path) => !files.has(path));
  return { features: changed, tests: changedTests, goneTests };
}
