import type { StateTests } from "../cases/state-tests.js";
import type { FaultLocator } from "./fault-locator.js";
import type { FileCache } from "./file-cache.js";

export interface BuildTools {
  readonly cache: FileCache;
  readonly locator: FaultLocator;
  readonly tests: StateTests;
}
