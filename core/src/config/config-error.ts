import { VexilError } from "../errors/vexil-error.js";

/** A fault of the configuration. `message` names the key by its full path and says what is accepted; never a secret. */
export function configError(message: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_VALIDATION_CONFIG", message, cause === undefined ? {} : { cause });
}
