import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AuthenticationContext, VexilError } from "@vexil/plugin-api";
import { RemoteKeys } from "./remote-keys.js";
import type { JwtSettings } from "./settings.js";
import { type VerificationKey, verificationKey } from "./verification-key.js";

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
  if (url) return new RemoteKeys(url, logger, invalidate);
  const known = [await keyInFile(file ?? "")];
  return { known, refreshed: async () => undefined, close: () => {} };
}

/** The key of a PEM file. A certificate will do, too. */
async function keyInFile(file: string): Promise<VerificationKey> {
  const fail = (reason: string, cause: unknown): VexilError =>
    new VexilError("VEXIL_VALIDATION_CONFIG", `public_key_file ${file}: ${reason}`, { cause });
  const pem = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw fail(error.code === "ENOENT" ? "no such file or directory" : `cannot be read (${error.code})`, error);
  });
  let key: VerificationKey | undefined;
  try {
    key = verificationKey(createPublicKey(pem));
  } catch (error) {
    throw fail("holds no public key in PEM", error);
  }
  if (key === undefined) throw fail("holds a key of another kind than RSA, P-256, P-384, P-521 or Ed25519", undefined);
  return key;
}
