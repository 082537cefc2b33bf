import type { ApiClient } from "../client/api-client.js";
import { environmentPath, targetPath } from "../client/target.js";
import type { ItemOptions } from "./write-options.js";

export const TYPE_NAMES = { flag: "flipt.core.Flag", segment: "flipt.core.Segment" } as const;

export type ItemType = keyof typeof TYPE_NAMES;

/** Path of an environment's namespaces. */
export async function namespacesPath(client: ApiClient, { environment }: ItemOptions): Promise<string> {
  const path = await targetPath(client, environment, undefined);
  return `${environmentPath(path)}/namespaces`;
}

/** Path of a namespace's resources. */
export async function resourcesPath(client: ApiClient, options: ItemOptions): Promise<string> {
  return `${await namespacesPath(client, options)}/${encodeURIComponent(options.namespace ?? "default")}/resources`;
}
