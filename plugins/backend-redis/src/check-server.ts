import { type Logger, VexilError } from "@vexil/plugin-api";
import type { Redis } from "./redis.js";

const INFO = `
local parts = {}
for _, section in ipairs({"server", "memory", "persistence", "replication"}) do
  parts[#parts + 1] = redis.call("INFO", section)
end
return table.concat(parts, "\\n")`;
/** The script was begun, and may not ask. */
const REFUSED = /can't run this command|ACL failure in script/;
/** Scripts that ask for the time before they write, and ranges without their ends. */
const OLDEST = [6, 2] as const;

/**
 * Looks whether the server can keep a storage.
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY: it is too old, or would throw data away when its memory is full;
 * VEXIL_UNAVAILABLE_STORAGE: it is a replica now
 */
export async function checkServer(
  redis: Redis,
  { isCluster, hasRemote }: { readonly isCluster: boolean; readonly hasRemote: boolean },
  logger: Logger,
): Promise<void> {
  const facts = await factsOf(redis, logger);
  if (facts === undefined) return;
  const refuse = (reason: string): never => {
    throw new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", `Redis at ${redis.display} ${reason}`);
  };
  const version = facts.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    refuse(`is version ${version}; ${OLDEST.join(".")} or newer is needed`);
  }
  if (facts.get("redis_mode") === "cluster" && !isCluster) refuse("is a node of a cluster: set cluster: true");
  if (facts.get("role") === "slave") {
    throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `Redis at ${redis.display} is a replica: name the primary`);
  }
  const policy = facts.get("maxmemory_policy") ?? "noeviction";
  if (policy !== "noeviction") {
    const wanted = "set maxmemory-policy noeviction";
    if (facts.get("maxmemory") !== "0") refuse(`throws keys away when its memory is full (${policy}): ${wanted}`);
    const message = "the server would throw flags away if its memory were limited; set maxmemory-policy noeviction";
    logger.log("warn", "redis.may-evict", message, { policy });
  }
  // Where the truth is a remote's, it is fetched again.
  if (facts.get("aof_enabled") === "0" && !hasRemote) {
    const message = "the server loses what was written last when it ends; set appendonly yes";
    logger.log("warn", "redis.not-durable", message);
  }
}

/** Undefined: the user may not ask. */
async function factsOf(redis: Redis, logger: Logger): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const text = String(await redis.query(INFO, [redis.keys.meta]));
    const pairs = text.split(/\r?\n/).map((line) => /^(\w+):(.*)$/.exec(line));
    return new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? "", pair[2] ?? ""] as const])));
  } catch (error) {
    if (!VexilError.is(error) || !REFUSED.test(error.message)) throw error;
    logger.log("warn", "redis.unchecked", "the user may not ask the server how it keeps data; allow it +info");
    return undefined;
  }
}
