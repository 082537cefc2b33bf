import { deserialize, serialize } from "node:v8";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { preparedNamespace } from "../http/reads/prepared-namespace.js";
import type { ServedNamespace } from "../http/reads/read-snapshots.js";

/** Flags in one part: packing and unpacking a part takes a few milliseconds, and others get their turn in between. */
const FLAGS_IN_A_PART = 500;

/** How long packed parts are kept for the next worker that needs them. */
const KEPT_MS = 3000;

/** A piece of a namespace: its head first, then its flags. */
export type Part =
  | {
      readonly type: "head";
      readonly key: string;
      readonly name: string;
      readonly description: string;
      readonly digest: string;
      readonly builtAt: number;
      readonly sortedKeys: readonly string[];
      /** The stream message, with the client snapshot's JSON in it. */
      readonly ndjson: Uint8Array;
    }
  | { readonly type: "flags"; readonly key: string; readonly flags: readonly CompiledFlag[] };

const kept = new WeakMap<ServedNamespace, readonly Uint8Array[]>();

/** Packs a namespace once for all workers, a part at a time. */
export async function* packNamespace(namespace: ServedNamespace): AsyncGenerator<Uint8Array> {
  const ready = kept.get(namespace);
  if (ready !== undefined) {
    yield* ready;
    return;
  }
  const parts: Uint8Array[] = [];
  for (const part of partsOf(namespace)) {
    const packed = serialize(part);
    parts.push(packed);
    yield packed;
    await new Promise((resolve) => setImmediate(resolve));
  }
  kept.set(namespace, parts);
  setTimeout(() => kept.delete(namespace), KEPT_MS).unref();
}

function* partsOf(namespace: ServedNamespace): Generator<Part> {
  const { key, name, description, digest, builtAt, sortedKeys, flags } = namespace;
  const { ndjson } = preparedNamespace(namespace);
  yield { type: "head", key, name, description, digest, builtAt, sortedKeys, ndjson };
  const all = [...flags.values()];
  for (let start = 0; start < all.length; start += FLAGS_IN_A_PART) {
    yield { type: "flags", key, flags: all.slice(start, start + FLAGS_IN_A_PART) };
  }
}

export function unpackPart(packed: Uint8Array): Part {
  return deserialize(packed) as Part;
}
