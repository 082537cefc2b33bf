import type { LoadedPlugin } from "./load-plugin.js";
import type { ListedPlugin } from "./registry-contract.js";

/** Describes a plugin in use, for `vexil plugin list`. */
export function listedPlugin(
  { plugin, source }: LoadedPlugin,
  { type, role, id }: Pick<ListedPlugin, "type" | "role" | "id">,
): ListedPlugin {
  return {
    kind: plugin.kind,
    role,
    id,
    type,
    name: plugin.name,
    package: source.package,
    version: source.version,
    file: source.file,
    apiVersion: plugin.apiVersion,
    capabilities: plugin.kind === "backend" || plugin.kind === "sink" ? plugin.capabilities : undefined,
  };
}
