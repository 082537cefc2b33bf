import { ErrorReply } from "@redis/client";
import type { RedisConnection } from "./redis-connection.js";

/** The last number that an entry can have: after it a stream takes none any more. */
export const LAST_ID = "18446744073709551615-18446744073709551615";

/** Words of errors that all commands get of such a stream, and of what is none. */
const UNUSABLE = ["exhausted", "WRONGTYPE"];

/**
 * Removes what takes no entries any more. It is looked at and removed at once, as nobody else can come between: what
 * another daemon has begun anew stays.
 */
const REMOVE = `
local added = redis.pcall("XADD", KEYS[1], "NOMKSTREAM", "*", "probe", "")
if type(added) ~= "table" then
  if added then redis.call("XDEL", KEYS[1], added) end
  return 0
end
if not (string.find(added.err, ARGV[1]) or string.find(added.err, ARGV[2])) then return added end
redis.call("DEL", KEYS[1])
return 1
`;

export function isUnusable(error: unknown): boolean {
  return error instanceof ErrorReply && UNUSABLE.some((word) => error.message.includes(word));
}

/** @returns true if the stream was removed */
export async function removeUnusable(connection: RedisConnection, key: string): Promise<boolean> {
  return (await connection.eval(REMOVE, { keys: [key], arguments: [...UNUSABLE] })) === 1;
}
