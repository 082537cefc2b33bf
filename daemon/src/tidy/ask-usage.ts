import type { ApiClient } from "../client/api-client.js";
import type { ShownFlagUsage, ShownUsage } from "../usage/shown-usage.js";

/** A flag of a daemon, with its use. */
export interface UsedFlag extends ShownFlagUsage {
  readonly namespace: string;
}

/** The use of all flags of an environment, or of one of its namespaces. */
export async function askUsage(
  client: ApiClient,
  environmentPath: string,
  { namespace, days }: { readonly namespace: string | undefined; readonly days: number },
): Promise<readonly UsedFlag[]> {
  const keys = namespace === undefined ? await namespacesOf(client, environmentPath) : [namespace];
  const found: UsedFlag[] = [];
  for (const key of keys) {
    const path = `${environmentPath}/namespaces/${encodeURIComponent(key)}/usage?days=${days}`;
    const { flags } = (await client.ask("GET", path)) as ShownUsage;
    found.push(...flags.map((flag) => ({ ...flag, namespace: key })));
  }
  return found;
}

/** Keys of the namespaces of an environment. */
export async function namespacesOf(client: ApiClient, environmentPath: string): Promise<readonly string[]> {
  const { items } = (await client.ask("GET", `${environmentPath}/namespaces`)) as {
    readonly items: readonly { readonly key: string }[];
  };
  return items.map(({ key }) => key);
}
