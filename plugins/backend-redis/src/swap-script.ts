/**
 * All or none of the moves. `ARGV[3]`, the server's time, keeps a script that lay in a frozen server from acting once
 * nobody waits for it any more. What may fail comes before the first ref is moved, since nothing takes a script back:
 * the reads refuse keys of another type, and the first write is where a full memory shows.
 */
export const SWAP = `
local meta, refs, swaps, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if (redis.call("HGET", meta, "id") or "") ~= ARGV[1] then return "gone" end
-- Asked again because the answer was lost. What it did stays done, even if others have moved on from there.
if redis.call("ZSCORE", swaps, ARGV[2]) then return "swapped" end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[3]) then return "late" end
for at = 5, #ARGV, 3 do
  if (redis.call("HGET", refs, ARGV[at]) or "") ~= ARGV[at + 1] then return "differs" end
end
redis.call("XADD", changes, "MAXLEN", "~", "1000", "*", "by", ARGV[4])
redis.call("ZREMRANGEBYSCORE", swaps, "-inf", string.format("%.0f", now - 600000))
redis.call("ZADD", swaps, string.format("%.0f", now), ARGV[2])
for at = 5, #ARGV, 3 do
  if ARGV[at + 2] == "" then redis.call("HDEL", refs, ARGV[at])
  else redis.call("HSET", refs, ARGV[at], ARGV[at + 2]) end
end
return "swapped"`;

/** Tells whether a swap was made lately. */
export const MADE = `return redis.call("ZSCORE", KEYS[1], ARGV[1]) and 1 or 0`;

/** All refs, with the identity of the data and the server's time. */
export const LIST = `
return {redis.call("HGET", KEYS[1], "id") or "", redis.call("TIME"), redis.call("HGETALL", KEYS[2])}`;
