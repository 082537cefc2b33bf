import type { LoadedPlugin } from "./load-plugin.js";
import type { ListedPlugin } from "./registry-contract.js";

/** Describes a plugin in use, for `vexil plugin list`. */
export function listedPlugin(
  { plugin, source }: LoadedPlugin,
  { type, id }: { readonly type: string; readonly id: string | undefined },
): ListedPlugin {
  return {
    kind: plugin.kind,
    id,
    type,
    name: plugin.name,
    package: source.package,
    version: source.version,
    file: source.file,
    apiVersion: plugin.apiVersion,
    capabilities: plugin.kind === "backend" ? plugin.capabilities : undefined,
  };
}
