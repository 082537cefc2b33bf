import type { StorageConfig } from "@vexil/config/config";
import { type AuthPlugin, readCredentialFile, type SignCommit } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { GuardScope } from "./guard-scope.js";
import { guardedCall } from "./guarded-call.js";
import { describe, pluginError } from "./plugin-error.js";

/**
 * Makes the signer of a storage's commits and puts the guard before it.
 * @throws VexilError VEXIL_AUTH_KEY, VEXIL_AUTH_FILE, VEXIL_PLUGIN_CREATE
 */
export async function createSigner(plugin: AuthPlugin, guard: GuardScope, storage: StorageConfig): Promise<SignCommit> {
  const { identity } = guard.scope;
  if (plugin.createSigner === undefined) {
    throw pluginError("create", identity, "its credentials cannot sign commits", {
      advice: "name another signature.type",
    });
  }
  const privateKey = await signingKey(storage);
  guard.secrets.add(privateKey);
  const sign = await guardedCall<unknown>({
    scope: { ...guard.scope, step: "create" },
    call: "createSigner",
    deadlineMs: guard.deadlines.createMs,
    clock: guard.clock,
    secrets: guard.secrets,
    run: () => plugin.createSigner?.(privateKey),
  });
  if (typeof sign !== "function") throw pluginError("create", identity, `createSigner answered ${describe(sign)}`);
  return async (payload) => {
    const signature = await guard.call("sign", () => (sign as SignCommit)(payload));
    if (typeof signature !== "string") throw guard.error(`sign answered ${describe(signature)} and no text`);
    return signature;
  };
}

async function signingKey({ id, signature }: StorageConfig): Promise<string> {
  if (signature.key !== undefined) return signature.key.reveal();
  if (signature.keyPath !== undefined) return await readCredentialFile(signature.keyPath);
  throw new VexilError("VEXIL_VALIDATION_CONFIG", `storage.${id}.signature: give key_path or key_ref`);
}
