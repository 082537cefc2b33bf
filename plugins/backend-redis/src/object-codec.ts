import { promisify } from "node:util";
import { constants, deflate, inflate } from "node:zlib";
import { type GitObject, type GitObjectType, type Oid, VexilError } from "@vexil/plugin-api";

const LETTERS = { blob: "b", tree: "t", commit: "c", tag: "g" } as const satisfies Record<GitObjectType, string>;
const TYPES = new Map(Object.entries(LETTERS).map(([type, letter]) => [letter as string, type as GitObjectType]));
/** Of one object's content: what is longer was not written here. */
const MOST_BYTES = 256 * 2 ** 20;

const pack = promisify<Uint8Array, { level: number }, Buffer>(deflate);
const unpack = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate);

/** A letter for the type, and the content compressed: memory is what a server has least of. */
export async function encodeObject({ type, bytes }: GitObject): Promise<Buffer> {
  if (bytes.byteLength > MOST_BYTES) {
    throw new VexilError("VEXIL_UNAVAILABLE_SPACE", `a file of ${bytes.byteLength} bytes is too large for Redis`);
  }
  const packed = await pack(bytes, { level: constants.Z_BEST_SPEED });
  return Buffer.concat([Buffer.from(LETTERS[type]), packed]);
}

/** @throws VexilError VEXIL_UNAVAILABLE_CORRUPT when it is nothing that was written here */
export async function decodeObject(oid: Oid, stored: Buffer): Promise<GitObject> {
  const type = TYPES.get(stored.toString("latin1", 0, 1));
  try {
    if (type === undefined) throw new Error("it has no type");
    return { oid, type, bytes: await unpack(stored.subarray(1), { maxOutputLength: MOST_BYTES }) };
  } catch (error) {
    throw new VexilError(
      "VEXIL_UNAVAILABLE_CORRUPT",
      `object ${oid} in Redis is damaged: ${(error as Error).message}`,
      {
        details: { step: "backend" },
        cause: error,
      },
    );
  }
}
