import type { PackReceiver } from "@vexil/git/objects/pack-receiver";
import { openPack } from "@vexil/git/objects/pack-source";
import { unpack } from "@vexil/git/objects/unpack";
import type { ReadObjects, UnpackOptions } from "@vexil/git/objects/unpack-options";
import type { GitObject } from "@vexil/plugin-api";

export type UnpackAllOptions = Pick<UnpackOptions, "readBase" | "maxBytes" | "pause"> &
  Partial<Pick<UnpackOptions, "maxObjectBytes">>;

/** Unpacks bytes, and collects the objects. */
export async function unpackAll(bytes: Uint8Array, options: UnpackAllOptions): Promise<readonly GitObject[]> {
  const objects: GitObject[] = [];
  const store: UnpackOptions["store"] = async (lot) => void objects.push(...lot);
  await unpack(openPack({ type: "bytes", bytes }), { maxObjectBytes: options.maxBytes, ...options, store });
  return objects;
}

/** Collects what a receiver made of its pack. */
export async function receiveAll(receiver: PackReceiver, readBase: ReadObjects): Promise<readonly GitObject[]> {
  const objects: GitObject[] = [];
  await receiver.finish(readBase, async (lot) => void objects.push(...lot));
  return objects;
}
