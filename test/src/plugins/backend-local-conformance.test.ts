import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import local from "@vexil/backend-local";
import { backendConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const settings = (scope: Scope): unknown => {
  const path = mkdtempSync(join(tmpdir(), "vexil-test-"));
  scope.teardown(() => rmSync(path, { recursive: true, force: true }));
  return { path };
};

for (const one of backendConformance(local, settings, {
  module: import.meta.resolve("@vexil/backend-local"),
})) {
  // One after the other: each has deadlines of its own, and all of them fsync.
  test.serial(one.title, (t) => holdsCase(t, one));
}
