import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { hashObject } from "@vexil/plugin-api";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import { describe } from "./plugin-error.js";

/** Bytes hashed before other work gets its turn: a few milliseconds. */
const SLICE_BYTES = 2 ** 20;
const TYPES = new Set(["blob", "tree", "commit", "tag"]);

/**
 * Checks what a backend handed out: a map of the asked ids to objects that hash to them.
 * @returns the first fault in words; undefined when there is none
 */
export async function findObjectFault(answer: unknown, asked: readonly Oid[]): Promise<string | undefined> {
  if (!isMap(answer)) return `answered ${describe(answer)} and not a Map`;
  if (answer.size > asked.length) return `answered ${answer.size} objects, asked for ${asked.length}`;
  const wanted = new Set(asked);
  let hashed = 0;
  for (const [oid, value] of answer) {
    if (!wanted.has(oid as Oid)) return `answered ${describe(oid)}, which was not asked for`;
    const object = value as Partial<GitObject> | undefined | null;
    if (typeof object !== "object" || object === null) return `answered ${describe(value)} for object ${String(oid)}`;
    if (!TYPES.has(object.type as string))
      return `answered the type ${describe(object.type)} for object ${String(oid)}`;
    if (!(object.bytes instanceof Uint8Array)) return `answered ${describe(object.bytes)} as bytes of ${String(oid)}`;
    if (object.oid !== oid || hashObject(object.type as GitObjectType, object.bytes) !== oid) {
      return `answered a corrupt object: what it stores as ${String(oid)} does not hash to that id`;
    }
    hashed += object.bytes.byteLength;
    if (hashed >= SLICE_BYTES) {
      hashed = 0;
      await nextTurn();
    }
  }
  return undefined;
}

/** Maps of another realm count, too. */
export function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  return Object.prototype.toString.call(value) === "[object Map]";
}
