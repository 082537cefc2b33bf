import type { RedisConfig } from "@vexil/config/config";

/** Name of the place where daemons of a Redis look for the key that they have in common. */
export function placeOfKey({ isCluster, host, port, database, prefix }: RedisConfig): string {
  return JSON.stringify([isCluster, host, port, database, prefix]);
}
