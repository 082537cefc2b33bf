import type { RedisConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { placeOfKey } from "./key-place.js";
import { answeredBy, type RedisConnection } from "./redis-connection.js";

/** A key that daemons of one Redis have in common where their configuration gives them none. */
export interface CommonKey {
  readonly own: Uint8Array;
  /** Called with that of the others, and where it was found: the first one's counts. */
  readonly takeOver: (theirs: Uint8Array, place: string) => void;
}

/**
 * Agrees with the others on a key: it is kept in Redis, and a Redis that has forgotten it is given it again.
 * @returns true if others have another one
 */
export async function agreeOnKey(
  connection: RedisConnection,
  config: RedisConfig,
  { own, takeOver }: CommonKey,
): Promise<boolean> {
  const name = `${config.prefix}:session-key`;
  const proposed = Buffer.from(own).toString("base64url");
  await answeredBy(config, connection.set(name, proposed, { condition: "NX" }));
  const text = await answeredBy(config, connection.get(name));
  if (text === proposed) return false;
  const theirs = Buffer.from(text ?? "", "base64url");
  if (theirs.length !== own.length) {
    throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", `Redis holds no key of sessions in ${name}; delete it`);
  }
  takeOver(new Uint8Array(theirs), placeOfKey(config));
  return true;
}
