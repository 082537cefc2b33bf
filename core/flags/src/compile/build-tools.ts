import type { FaultLocator } from "./fault-locator.js";
import type { FileCache } from "./file-cache.js";
import type { StateTests } from "./state-tests.js";

export interface BuildTools {
  readonly cache: FileCache;
  readonly locator: FaultLocator;
  readonly tests: StateTests;
}
