import { deserialize, serialize } from "node:v8";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { smallMessage } from "../http/reads/client-messages.js";
import type { ServedNamespace } from "../http/reads/read-snapshots.js";
import { changedFlags, type FlagsStep } from "./changed-flags.js";
import { packFlags, unpackFlags } from "./pack-flags.js";
import { stateNumber } from "./shipped-states.js";

/** Flags in one part: packing and unpacking a part takes a few milliseconds, and others get their turn in between. */
const FLAGS_IN_A_PART = 500;

/** How long packed parts are kept for the next worker that needs them. */
const KEPT_MS = 3000;

/** A piece of a namespace: its head first, then its flags. */
export type Part =
  | {
      readonly type: "head";
      /** Number of this state; and of the one that it is told the difference from, if it is. */
      readonly state: number;
      readonly base: number | undefined;
      readonly key: string;
      readonly name: string;
      readonly description: string;
      readonly digest: string;
      readonly builtAt: number;
      /** Undefined: those of the base. */
      readonly sortedKeys: readonly string[] | undefined;
      /** The stream message, with the client snapshot's JSON in it; undefined: it is asked for when it is wanted. */
      readonly message: Uint8Array | undefined;
    }
  | { readonly type: "flags"; readonly key: string; readonly steps: readonly FlagsStep[] };

const kept = new WeakMap<ServedNamespace, readonly Uint8Array[]>();

/**
 * Packs a namespace for workers, a part at a time; as a whole once for all of them.
 * @param base what they have of it: only the difference is packed
 * @param isWanted clients want its client snapshot
 */
export async function* packNamespace(
  namespace: ServedNamespace,
  base: ServedNamespace | undefined,
  isWanted: boolean,
): AsyncGenerator<Uint8Array> {
  const ready = base === undefined ? kept.get(namespace) : undefined;
  if (ready !== undefined) {
    yield* ready;
    return;
  }
  const parts: Uint8Array[] = [];
  for (const part of partsOf(namespace, base, isWanted)) {
    const packed = part && packPart(part);
    if (packed !== undefined) parts.push(packed);
    if (packed !== undefined) yield packed;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (base !== undefined) return;
  kept.set(namespace, parts);
  setTimeout(() => kept.delete(namespace), KEPT_MS).unref();
}

/** Yields undefined where others may have their turn. */
function* partsOf(
  namespace: ServedNamespace,
  base: ServedNamespace | undefined,
  isWanted: boolean,
): Generator<Part | undefined> {
  const { key, name, description, digest, builtAt } = namespace;
  const [state, known] = [stateNumber(namespace), base && stateNumber(base)];
  const sortedKeys = namespace.sortedKeys === base?.sortedKeys ? undefined : namespace.sortedKeys;
  const message = isWanted ? smallMessage(namespace) : undefined;
  yield { type: "head", state, base: known, key, name, description, digest, builtAt, sortedKeys, message };
  if (base !== undefined) {
    for (const steps of changedFlags(base.flags, namespace.flags)) yield steps && { type: "flags", key, steps };
    return;
  }
  let flags: CompiledFlag[] = [];
  for (const flag of namespace.flags.values()) {
    if (flags.push(flag) < FLAGS_IN_A_PART) continue;
    yield { type: "flags", key, steps: [{ flags }] };
    flags = [];
  }
  if (flags.length > 0) yield { type: "flags", key, steps: [{ flags }] };
}

/** Steps as they travel: flags are text. */
type PackedStep = Exclude<FlagsStep, { readonly flags: unknown }> | { readonly packed: string };

function packPart(part: Part): Uint8Array {
  if (part.type === "head") return serialize(part);
  const steps = part.steps.map((step): PackedStep => ("flags" in step ? { packed: packFlags(step.flags) } : step));
  return serialize({ ...part, steps });
}

/** Takes what {@link packNamespace} has made. */
export function unpackPart(packed: Uint8Array): Part {
  const part = deserialize(packed) as Part | { readonly type: "flags"; key: string; steps: readonly PackedStep[] };
  if (part.type === "head") return part;
  const steps = part.steps.map((step): FlagsStep => ("packed" in step ? { flags: unpackFlags(step.packed) } : step));
  return { ...part, steps };
}
