import { VexilError } from "@vexil/plugin-api/errors";
import type { ConfigPath } from "./config-tree.js";

/**
 * A fault of the configuration. `message` names the key by its full path and says what is accepted; never a secret.
 * @param path of the value, or of the section, that is at fault: the loader says where it stands, and which variable
 * should have given it
 */
export function configError(message: string, cause?: unknown, path?: ConfigPath): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", message, {
    ...(cause === undefined ? {} : { cause }),
    ...(path === undefined ? {} : { details: { path } }),
  });
}
