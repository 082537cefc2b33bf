import { randomBytes } from "node:crypto";
import { token } from "../../di/token.js";

const KEY_BYTES = 32;

/** Keys by which commits prove that their callers were really asked who they are. */
export interface SealKeys {
  /** The key of new commits, made if there is none. Where none can be kept it is this process's own. */
  own(signal: AbortSignal): Promise<Uint8Array>;
  /** Keys of commits that are believed; makes none. */
  known(): Promise<readonly Uint8Array[]>;
}

/** Keys that outlive the process, for storages whose commits do. */
export const SealKeysToken = token<SealKeys>("seal-keys");

/** Keys of commits that are gone when the process is. */
export function passingKeys(): SealKeys {
  const key = randomBytes(KEY_BYTES);
  return { own: async () => key, known: async () => [key] };
}
