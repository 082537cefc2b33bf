import { type Oid, referencesOf } from "@vexil/plugin-api";
import { decodeObject } from "./object-codec.js";
import type { Redis } from "./redis.js";

/** Other daemons write objects before they move a ref to them: what is younger than this is nobody's to delete. */
const YOUNGEST_MS = 10 * 60_000;
const BATCH = 1_000;
/** Of the ids of old objects. */
const PAGE = 20_000;
const WHOLE_MS = 9_000;

const LIMIT = `
local time = redis.call("TIME")
local limit = string.format("(%.0f", time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1])`;
const OLD = `${LIMIT}
return redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", limit, "LIMIT", ARGV[2], ARGV[3])`;
/** Contents, but for blobs: those refer to nothing, and are most of the bytes. */
const CONTENTS = `
local found = {}
for at, id in ipairs(ARGV) do
  local stored = redis.call("HGET", KEYS[1], id)
  found[at] = stored and string.sub(stored, 1, 1) ~= "b" and stored or ""
end
return found`;
/** The age is looked at again: somebody may have written it anew meanwhile. */
const REMOVE = `${LIMIT}
limit = tonumber(string.sub(limit, 2))
for at = 2, #ARGV do
  local age = redis.call("ZSCORE", KEYS[2], ARGV[at])
  if age and tonumber(age) < limit then
    redis.call("HDEL", KEYS[1], ARGV[at])
    redis.call("ZREM", KEYS[2], ARGV[at])
    redis.call("SREM", KEYS[3], ARGV[at])
  end
end
return 1`;

export interface PruneOptions {
  /** Objects that are in use besides those of the refs. */
  readonly roots: readonly Oid[];
  readonly refs: () => Promise<Iterable<Oid>>;
  readonly shallow: () => Promise<ReadonlySet<Oid>>;
  readonly keepNewerThanMs: number;
}

/** Deletes the old objects of a storage that neither its refs nor the roots reach. */
export async function pruneObjects(redis: Redis, options: PruneOptions, signal?: AbortSignal): Promise<void> {
  const { keys } = redis;
  const deadline = performance.now() + WHOLE_MS;
  const age = String(Math.max(options.keepNewerThanMs, YOUNGEST_MS));
  const ask = async (script: string, names: readonly string[], values: readonly (string | Buffer)[]) =>
    (await redis.query(script, names, values, {
      deadlineMs: deadline - performance.now(),
      signal,
    })) as readonly Buffer[];
  const candidates = new Set<Oid>();
  for (let from = 0; ; from += PAGE) {
    const page = await ask(OLD, [keys.ages], [age, String(from), String(PAGE)]);
    for (const id of page) if (id.length === 20) candidates.add(id.toString("hex"));
    if (page.length < PAGE) break;
  }
  if (candidates.size === 0) return;
  const shallow = await options.shallow();
  const seen = new Set<Oid>();
  let waiting = [...options.roots, ...(await options.refs())];
  while (waiting.length > 0 && candidates.size > 0) {
    const batch = [...new Set(waiting.slice(0, BATCH))].filter((oid) => !seen.has(oid));
    waiting = waiting.slice(BATCH);
    for (const oid of batch) {
      seen.add(oid);
      candidates.delete(oid);
    }
    if (batch.length === 0) continue;
    const stored = await ask(CONTENTS, [keys.objects], batch.map(bytesOf));
    for (const [index, content] of stored.entries()) {
      if (content.length === 0) continue;
      const { oid, type, bytes } = await decodeObject(batch[index] as Oid, content);
      const references = referencesOf(type, bytes);
      // The past of a shallow commit does not count, as in git; a commit's tree comes first.
      const reached = shallow.has(oid) ? references.slice(0, 1) : references;
      for (const next of reached) if (!seen.has(next)) waiting.push(next);
    }
  }
  const unreached = [...candidates];
  for (let from = 0; from < unreached.length; from += BATCH) {
    await ask(
      REMOVE,
      [keys.objects, keys.ages, keys.shallow],
      [age, ...unreached.slice(from, from + BATCH).map(bytesOf)],
    );
  }
}

function bytesOf(oid: Oid): Buffer {
  return Buffer.from(oid, "hex");
}
