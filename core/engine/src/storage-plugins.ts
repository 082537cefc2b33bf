import type { StorageConfig } from "@vexil/config/config";
import type { Authenticators } from "./authenticators.js";
import { BackendPluginToken, type Generation } from "./plugins/generation.js";
import { PluginRegistryToken } from "./plugins/plugin-registry.js";
import type { StoragePlugins } from "./storage/open-storage.js";

/** Provides one storage with what the plugins of its configuration make. */
export async function storagePlugins(
  storage: StorageConfig,
  generation: Generation,
  authenticators: Authenticators,
): Promise<StoragePlugins> {
  const plugin = await generation.scope.named(BackendPluginToken, storage.backend.type);
  const registry = await generation.scope.get(PluginRegistryToken);
  return {
    capabilities: plugin.capabilities,
    createBackend: () => plugin.create(storage),
    createSigner: () => registry.createSigner(storage),
    authenticator: () => authenticators.get(storage.credentials ?? "", generation),
  };
}
