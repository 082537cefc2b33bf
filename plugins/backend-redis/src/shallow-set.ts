import type { Oid, ShallowList } from "@vexil/plugin-api";
import type { Redis } from "./redis.js";

const READ = `return redis.call("SMEMBERS", KEYS[1])`;
/** Ids to remove come first, then those to add. */
const UPDATE = `
local removed = tonumber(ARGV[1])
for at = 2, #ARGV do redis.call(at <= removed + 1 and "SREM" or "SADD", KEYS[1], ARGV[at]) end
return 1`;

/** The commits whose parents are not stored, as a set. */
export class ShallowSet implements ShallowList {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async read(): Promise<ReadonlySet<Oid>> {
    const members = (await this.#redis.query(READ, [this.#redis.keys.shallow])) as readonly Buffer[];
    return new Set(members.filter((member) => member.length === 20).map((member) => member.toString("hex")));
  }

  async update(add: readonly Oid[], remove: readonly Oid[]): Promise<void> {
    if (add.length === 0 && remove.length === 0) return;
    const ids = [...remove, ...add].map((oid) => Buffer.from(oid, "hex"));
    await this.#redis.query(UPDATE, [this.#redis.keys.shallow], [String(remove.length), ...ids]);
  }
}
