import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import fc from "fast-check";
import { buildFrom } from "./build-from-files.js";
import { type RandomFlags, randomFlags, toFile } from "./random-flags.js";

export interface Versions {
  readonly base: NamespaceSnapshot;
  readonly head: NamespaceSnapshot;
}

/** Keys of flags are the same in both versions, and few: what is known of their buckets can be kept. */
export const PAIR_KEYS: readonly string[] = ["f1", "f2", "f3"];

/** Two versions of some flags: independent of each other, or but for their flags or their segments alike. */
export const randomPairs: fc.Arbitrary<readonly [RandomFlags, RandomFlags]> = fc
  .tuple(randomFlags, randomFlags, fc.constantFrom("all", "flags", "segments"))
  .map(([base, other, what]) => [
    renamed(base),
    renamed({
      flags: what === "segments" ? base.flags : other.flags,
      segments: what === "flags" ? base.segments : other.segments,
    }),
  ]);

function renamed({ flags, segments }: RandomFlags): RandomFlags {
  return { flags: flags.map((flag, index) => ({ ...flag, key: PAIR_KEYS[index] ?? flag.key })), segments };
}

export async function buildPair(
  builder: SnapshotBuilder,
  [base, head]: readonly [RandomFlags, RandomFlags],
): Promise<Versions> {
  const build = async (flags: RandomFlags): Promise<NamespaceSnapshot> => {
    const { snapshot } = await buildFrom(builder, { "default/features.yaml": toFile(flags) });
    const namespace = snapshot.namespaces.get("default");
    if (namespace === undefined) throw new Error(JSON.stringify(snapshot.quarantined));
    return namespace;
  };
  return { base: await build(base), head: await build(head) };
}
