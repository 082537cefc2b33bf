import type { AuthenticationContext } from "@vexil/plugin-api";
import { FileKeys } from "./file-keys.js";
import { RemoteKeys } from "./remote-keys.js";
import type { JwtSettings } from "./settings.js";
import type { VerificationKey } from "./verification-key.js";

/** Where keys come from. */
export interface KeySource {
  readonly known: readonly VerificationKey[];
  /** Keys anew; undefined: there is nothing new. @throws VexilError VEXIL_UNAVAILABLE_PROVIDER */
  refreshed(signal: AbortSignal): Promise<readonly VerificationKey[] | undefined>;
  close(): void;
}

/** @throws VexilError VEXIL_VALIDATION_CONFIG for a file that holds no public key */
export async function keySource(
  { jwks_url: url, public_key_file: file }: JwtSettings,
  { logger, invalidate }: Pick<AuthenticationContext, "logger" | "invalidate">,
): Promise<KeySource> {
  return url ? new RemoteKeys(url, logger, invalidate) : FileKeys.open(file ?? "", logger, invalidate);
}
