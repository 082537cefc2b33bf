import { randomUUID } from "node:crypto";
import { type Logger, VexilError } from "@vexil/plugin-api";
import type { Redis } from "./redis.js";

/** Layout of the keys; a daemon refuses a layout it does not know. */
const LAYOUT = "1";

const OPEN = `
local layout, id = redis.call("HGET", KEYS[1], "layout"), redis.call("HGET", KEYS[1], "id")
if not id and ARGV[1] ~= "" then
  layout, id = ARGV[2], ARGV[1]
  redis.call("HSET", KEYS[1], "layout", layout, "id", id)
end
return {layout, id}`;

/**
 * Which data these are. A server that keeps nothing on disk comes back empty, and somebody may empty a running one:
 * without a remote that must not be taken for a storage without flags.
 */
export class DataIdentity {
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #hasRemote: boolean;
  #id = "";
  #isLost = false;

  constructor(redis: Redis, { hasRemote }: { readonly hasRemote: boolean }, logger: Logger) {
    this.#redis = redis;
    this.#hasRemote = hasRemote;
    this.#logger = logger;
  }

  get id(): string {
    return this.#id;
  }

  /**
   * Takes over what is there, or begins anew.
   * @param options `make: false`: what is missing is left so
   * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY where the layout is of another version
   */
  async open({ make }: { readonly make: boolean }): Promise<void> {
    const answer = await this.#redis.query(OPEN, [this.#redis.keys.meta], [make ? randomUUID() : "", LAYOUT]);
    const [layout, id] = answer as readonly (Buffer | null)[];
    if (id && String(layout) !== LAYOUT) {
      const message = `the keys ${this.#redis.keys.prefix}* have layout ${layout}, this plugin knows layout ${LAYOUT}`;
      throw new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", `${message}: see the plugin's README`);
    }
    this.#id = id ? String(id) : "";
  }

  /**
   * Checks the identity that came with an answer.
   * @returns false if others are there now, and were taken over: ask again
   * @throws VexilError VEXIL_UNAVAILABLE_STORAGE when the data are gone and nobody has them
   */
  async holds(found: string): Promise<boolean> {
    if (found === this.#id) {
      this.#isLost = false;
      return true;
    }
    const { keys, display } = this.#redis;
    if (this.#hasRemote) {
      this.#logger.log(
        "warn",
        "redis.data-replaced",
        "the server was emptied; flags are fetched from the remote again",
      );
      await this.open({ make: true });
      return false;
    }
    const what = found === "" ? "are gone" : "were replaced by others";
    if (!this.#isLost)
      this.#logger.log("error", "redis.data-lost", "the server has lost the storage", { keys: keys.prefix });
    this.#isLost = true;
    const advice = "put them back from a backup, or start the daemon again to begin with what is there";
    throw new VexilError(
      "VEXIL_UNAVAILABLE_STORAGE",
      `Redis at ${display}: the keys ${keys.prefix}* ${what}; ${advice}`,
    );
  }
}
