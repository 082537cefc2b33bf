import { type GitObject, type ObjectStore, type Oid, VexilError } from "@vexil/plugin-api";
import { decodeObject, encodeObject } from "./object-codec.js";
import type { Redis } from "./redis.js";

const WHOLE_MS = 9_000;
/** Of one command. */
const READ_OBJECTS = 500;
const WRITE_OBJECTS = 1_000;
const WRITE_BYTES = 8 * 2 ** 20;

/** Writes anew only what differs, so that the rest takes no room in the server's log. */
const WRITE = `
local time = redis.call("TIME")
local now = string.format("%.0f", time[1] * 1000 + math.floor(time[2] / 1000))
for at = 1, #ARGV, 2 do
  if redis.call("HGET", KEYS[1], ARGV[at]) ~= ARGV[at + 1] then
    redis.call("HSET", KEYS[1], ARGV[at], ARGV[at + 1])
  end
  redis.call("ZADD", KEYS[2], now, ARGV[at])
end
return 1`;

/** Git's objects as fields of one hash. */
export class ObjectHash implements ObjectStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async read(oids: readonly Oid[], signal?: AbortSignal): Promise<ReadonlyMap<Oid, GitObject>> {
    signal?.throwIfAborted();
    const found = new Map<Oid, GitObject>();
    const deadline = performance.now() + WHOLE_MS;
    for (let from = 0; from < oids.length; from += READ_OBJECTS) {
      const asked = oids.slice(from, from + READ_OBJECTS);
      const fields = asked.map((oid) => Buffer.from(oid, "hex"));
      const stored = await this.#redis.repeatable((client) => client.hmGet(this.#redis.keys.objects, fields), {
        deadlineMs: deadline - performance.now(),
        signal,
      });
      const decoding = asked.map(async (oid, index) => {
        const bytes = stored[index] as unknown as Buffer | null | undefined;
        if (bytes) found.set(oid, await decodeObject(oid, bytes));
      });
      await Promise.all(decoding);
    }
    return found;
  }

  async write(objects: readonly GitObject[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const deadline = performance.now() + WHOLE_MS;
    const { keys } = this.#redis;
    for (const batch of batches(objects)) {
      const deadlineMs = deadline - performance.now();
      if (deadlineMs <= 0) throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "Redis is too slow for this write");
      const encoded = await Promise.all(batch.map(encodeObject));
      const values = batch.flatMap(({ oid }, index) => [Buffer.from(oid, "hex"), encoded[index] as Buffer]);
      await this.#redis.query(WRITE, [keys.objects, keys.ages], values, { deadlineMs, signal });
    }
  }
}

function* batches(objects: readonly GitObject[]): Generator<readonly GitObject[]> {
  let batch: GitObject[] = [];
  let size = 0;
  for (const object of objects) {
    if (batch.length > 0 && (batch.length === WRITE_OBJECTS || size + object.bytes.byteLength > WRITE_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(object);
    size += object.bytes.byteLength;
  }
  if (batch.length > 0) yield batch;
}
