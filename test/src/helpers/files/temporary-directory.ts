import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Owner of things to tear down: ava's `t`, or a list that a bench empties. */
export interface Scope {
  teardown(undo: () => unknown): void;
}

/** A directory that goes when the test ends. */
export async function temporaryDirectory(scope: Scope): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "vexil-test-"));
  scope.teardown(() => rm(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}
