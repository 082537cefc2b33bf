import { join } from "node:path";
import type { Config, EdgeConfig, EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import type { UpstreamSet } from "./upstream-set.js";

/** The configuration of an edge, with the storages and environments of its upstream. */
export function edgedConfig(config: Config, edge: EdgeConfig, set: UpstreamSet | undefined): Config {
  const storages = new Map<string, StorageConfig>();
  const environments = new Map<string, EnvironmentConfig>();
  for (const { id, branch, environments: all } of set?.storages ?? []) {
    const storage = id.toLowerCase();
    if (edge.storages.length > 0 && !edge.storages.includes(storage)) continue;
    const served = all.filter(({ key }) => edge.environments.length === 0 || edge.environments.includes(key));
    if (served.length === 0) continue;
    storages.set(storage, edgeStorage(edge, storage, branch));
    for (const { key, directory, ...settings } of served) {
      environments.set(key, { id: key, name: key, storage, directory, ...settings });
    }
  }
  return { ...config, storages, environments };
}

function edgeStorage({ upstream, path, template }: EdgeConfig, id: string, branch: string): StorageConfig {
  const backend =
    path === undefined ? template.backend : { type: "local", settings: { path: join(path, "storages", `${id}.git`) } };
  return { ...template, id, branch, backend, remote: gitAddress(upstream, id) };
}

/** Where an upstream serves a storage by git's protocol. */
export function gitAddress(upstream: string, storage: string): string {
  return `${upstream}/git/${encodeURIComponent(storage)}`;
}
