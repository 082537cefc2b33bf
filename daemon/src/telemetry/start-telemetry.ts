import type { Config } from "@vexil/config/config";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { RootLogger } from "@vexil/engine/observe/logger";
import { toVexilError } from "@vexil/plugin-api/errors";
import { wantedSignals } from "./signals.js";
import type { Telemetry } from "./telemetry.js";

/**
 * Begins to send what is asked for. What cannot be is told in the log, and nothing waits for it.
 * @returns undefined: nothing is asked for, and nothing of it was loaded
 */
export async function startTelemetry(
  config: Pick<Config, "telemetry">,
  env: Readonly<Record<string, string | undefined>>,
  logger: RootLogger,
): Promise<Telemetry | undefined> {
  const signals = wantedSignals(config, env);
  if (signals === undefined) return undefined;
  try {
    const { openTelemetry } = await import("./open-telemetry.js");
    return await openTelemetry(signals, env, logger);
  } catch (error) {
    logEvent(logger, "telemetry.off", { signals: Object.keys(signals), reason: toVexilError(error).message });
    return undefined;
  }
}
