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

/** The same with keys as said, and with rules and segments that are about something: by themselves many are empty. */
function renamed({ flags, segments }: RandomFlags): RandomFlags {
  const full = segments.filter(({ constraints }) => constraints.length > 0);
  const used = (keys: readonly string[], index: number): readonly string[] =>
    keys.length > 0 ? keys : [segments[index % segments.length]?.key ?? ""];
  return {
    flags: flags.map((flag, place) => ({
      ...flag,
      key: PAIR_KEYS[place] ?? flag.key,
      rules: flag.rules.map((rule, index) => ({ ...rule, segments: used(rule.segments, index) })),
      rollouts: flag.rollouts.map(({ segment, ...rest }, index) =>
        segment === undefined ? rest : { ...rest, segment: { ...segment, segments: used(segment.segments, index) } },
      ),
    })),
    segments: segments.map((segment, index) =>
      segment.constraints.length > 0
        ? segment
        : { ...segment, constraints: full[index % full.length]?.constraints ?? [] },
    ),
  };
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
