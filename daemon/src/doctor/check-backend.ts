import type { StorageConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Examination } from "./examination.js";
import { failedStep, type StepResult } from "./report.js";

const IN_USE: ReadonlySet<string> = new Set(["VEXIL_UNAVAILABLE_DIRECTORY_LOCKED", "VEXIL_UNAVAILABLE_LOCKED"]);

/** Opens a storage over its backend, without making anything in it, and reads what it has. */
export async function checkBackend(storage: StorageConfig, examination: Examination): Promise<StepResult> {
  try {
    const { storage: opened, scope } = await examination.openBackend(storage);
    try {
      const branches = await opened.repository.backend.refs.list("refs/heads/");
      const found = branches.size === 0 ? "nothing is stored yet" : `${branches.size} branches`;
      return { step: "backend", ok: true, message: `${storage.backend.type} can be reached: ${found}` };
    } finally {
      await scope.end();
    }
  } catch (error) {
    if (VexilError.is(error) && IN_USE.has(error.code)) {
      return { step: "backend", ok: true, message: `${storage.backend.type} is in use, by a daemon that runs` };
    }
    return failedStep("backend", error);
  }
}
