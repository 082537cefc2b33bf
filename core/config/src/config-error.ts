import { VexilError } from "@vexil/plugin-api/errors";
import type { ConfigPath } from "./config-tree.js";

/**
 * A fault of the configuration. `message` names the key by its full path and says what is accepted; never a secret.
 * @param path of the value, or of the section, that is at fault: the loader says where it stands, and which variable
 * should have given it
 * @param hint at what to write instead, for users, where `message` has a text that others rely on
 */
export function configError(message: string, cause?: unknown, path?: ConfigPath, hint?: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", message, {
    ...(cause === undefined ? {} : { cause }),
    details: { ...(path === undefined ? {} : { path }), ...(hint === undefined ? {} : { hint }) },
  });
}
