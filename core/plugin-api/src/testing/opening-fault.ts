import type { BackendPlugin } from "../plugin.js";
import { backendContext, CALL_MS, CLOSE_MS, validated } from "./backend-session.js";
import { within } from "./conformance-case.js";
import { RecordingLogger } from "./recording-logger.js";

/**
 * Opens a backend once and lists its refs: where that fails, every case would, and for the same reason.
 * @returns the reason; undefined when it opens
 */
export async function openingFault(plugin: BackendPlugin, settings: unknown): Promise<string | undefined> {
  try {
    const checked = await validated(plugin, settings);
    const context = backendContext({ logger: new RecordingLogger() });
    const backend = await within(CALL_MS, "create", () => plugin.create(checked, context));
    try {
      await within(CALL_MS, "refs.list", () => backend.refs.list("refs/heads/"));
    } finally {
      await within(CLOSE_MS, "close", () => backend.close());
    }
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.replaceAll(/\s+/g, " ").trim();
  }
}
