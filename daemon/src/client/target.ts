import type { ApiClient } from "./api-client.js";
import { RefusedError } from "./client-errors.js";
import { parseTarget } from "./parse-target.js";

const TYPES = { flag: "flipt.core.Flag", segment: "flipt.core.Segment" } as const;

/**
 * The path of what a command is about: nothing is the environment, `ns` a namespace, `ns/flag/key` and
 * `ns/segment/key` an item.
 */
export async function targetPath(
  client: ApiClient,
  environment: string | undefined,
  target: string | undefined,
): Promise<string> {
  const base = `/api/v2/environments/${encodeURIComponent(environment ?? (await defaultEnvironment(client)))}`;
  const { namespace, resource } = parseTarget(target);
  if (namespace === undefined) return base;
  const path = `${base}/namespaces/${encodeURIComponent(namespace)}`;
  return resource === undefined
    ? path
    : `${path}/resources/${TYPES[resource.type]}/${encodeURIComponent(resource.key)}`;
}

/** Path of the environment that a target's path lies in. */
export function environmentPath(path: string): string {
  return path.split("/").slice(0, 5).join("/");
}

async function defaultEnvironment(client: ApiClient): Promise<string> {
  const { environments } = (await client.ask("GET", "/api/v2/environments")) as {
    readonly environments: readonly {
      readonly key: string;
      readonly default: boolean;
      readonly configuration: { readonly base?: string };
    }[];
  };
  const found = environments.find((one) => one.default && one.configuration.base === undefined);
  if (found === undefined) throw new RefusedError("the daemon has no default environment; name one with --environment");
  return found.key;
}
