import { randomBytes } from "node:crypto";
import type { RedisConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { placeOfKey } from "./key-place.js";
import { answeredBy, type RedisConnection } from "./redis-connection.js";

/** A key that daemons of one Redis have in common where their configuration gives them none. */
export interface CommonKey {
  /** The key that was found there before; undefined: none was. */
  readonly found: () => Uint8Array | undefined;
  /** Called with that of the others, and where it was found. @returns false if none is looked for there any more */
  readonly takeOver: (theirs: Uint8Array, place: string) => boolean;
}

const KEY_BYTES = 32;

/**
 * Agrees with the others on a key: it is kept in Redis, and a Redis that has forgotten it is given it again. The first
 * proposes one that is made for that: the key that it keeps for itself is nobody's business who can read there.
 */
export async function agreeOnKey(connection: RedisConnection, config: RedisConfig, common: CommonKey): Promise<void> {
  const name = `${config.prefix}:session-key`;
  const found = common.found();
  const proposed = Buffer.from(found ?? randomBytes(KEY_BYTES)).toString("base64url");
  await answeredBy(config, connection.set(name, proposed, { condition: "NX" }));
  const text = await answeredBy(config, connection.get(name));
  if (found !== undefined && text === proposed) return;
  const theirs = Buffer.from(text ?? "", "base64url");
  if (theirs.length !== KEY_BYTES) {
    throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `Redis holds no key of sessions in ${name}; delete it`);
  }
  if (common.takeOver(new Uint8Array(theirs), placeOfKey(config))) return;
  throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "no key of sessions is looked for in Redis any more");
}
