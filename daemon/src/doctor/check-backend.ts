import type { Config, StorageConfig } from "@vexil/config/config";
import type { PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { VexilError } from "@vexil/plugin-api/errors";
import { failedStep, type StepResult } from "./report.js";

const IN_USE: ReadonlySet<string> = new Set(["VEXIL_UNAVAILABLE_DIRECTORY_LOCKED", "VEXIL_UNAVAILABLE_LOCKED"]);

/** Opens a storage's backend, without making anything in it, and reads what it has. */
export async function checkBackend(
  storage: StorageConfig,
  config: Config,
  plugins: PluginRegistry,
): Promise<StepResult> {
  try {
    const backend = await plugins.createBackend(storage, config, "examine");
    try {
      const branches = await backend.refs.list("refs/heads/");
      const found = branches.size === 0 ? "nothing is stored yet" : `${branches.size} branches`;
      return { step: "backend", ok: true, message: `${storage.backend.type} can be reached: ${found}` };
    } finally {
      await backend.close();
    }
  } catch (error) {
    if (VexilError.is(error) && IN_USE.has(error.code)) {
      return { step: "backend", ok: true, message: `${storage.backend.type} is in use, by a daemon that runs` };
    }
    return failedStep("backend", error);
  }
}
