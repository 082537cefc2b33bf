import { isDeepStrictEqual } from "node:util";
import { affectedFlag } from "@vexil/flags/compare/affected-flag";
import type { AffectedFlag, Region } from "@vexil/flags/compare/region";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { thresholdBucket, variantBucket } from "@vexil/flags/evaluate/bucket";
import type { CompiledFlag, CompiledSegment } from "@vexil/flags/evaluate/compiled-flag";
import type { Context } from "@vexil/flags/evaluate/context";
import { matchSegments } from "@vexil/flags/evaluate/match-segments";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import test from "ava";
import fc from "fast-check";
import { randomContext } from "../../helpers/flags/random-flags.js";
import { buildPair, PAIR_KEYS, randomPairs } from "../../helpers/flags/random-pairs.js";

/** By hand: VEXIL_PAIRS=1500. */
const PAIRS = Number(process.env.VEXIL_PAIRS ?? (process.env.CI === "true" ? 40 : 30));
/** Contexts that each pair of flags is tried with, beside those that the regions give as examples. */
const CONTEXTS = 2;
/** Contexts near to what the constraints of a flag look for. */
const NEAR = 4;
const ENTITIES = 100_000;
/** Texts that random constraints on entities name. */
const NAMED = ["", " ", "a", "b", "ab", "abc", "A", " a", "a ", "é", "日本", "true", "5", "null", '"q"', "\\"];

interface Versions {
  readonly base: CompiledFlag | undefined;
  readonly head: CompiledFlag | undefined;
}

/** One entity of each bucket, out of 100,000, and how many of them each bucket has. */
interface Spread {
  readonly grid: number;
  readonly ids: readonly string[];
  readonly counts: readonly number[];
}

const bucketOf = (grid: number, key: string, id: string): number =>
  grid === 100 ? thresholdBucket(key, id) : variantBucket(key, id);

function spread(key: string, grid: number): Spread {
  const ids: string[] = new Array(grid).fill("");
  const counts: number[] = new Array(grid).fill(0);
  for (let index = 0; index < ENTITIES; index += 1) {
    const bucket = bucketOf(grid, key, `user-${index}`);
    ids[bucket] = `user-${index}`;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return { grid, ids, counts };
}

function answerOf(flag: CompiledFlag | undefined, entity: string, context: Context): unknown {
  if (flag === undefined) return null;
  if (flag.type === "BOOLEAN_FLAG_TYPE") return { enabled: evaluateBoolean(flag, entity, context).enabled };
  const { variantKey, variantAttachment } = evaluateVariant(flag, entity, context);
  if (variantAttachment === "" || variantAttachment === "null") return { variant: variantKey };
  return { variant: variantKey, attachment: JSON.parse(variantAttachment) as unknown };
}

function segmentsOf(flag: CompiledFlag | undefined): ReadonlyMap<string, CompiledSegment> {
  const rollouts = flag?.rollouts.flatMap((rollout) => (rollout.type === "segment" ? rollout.segments : [])) ?? [];
  const all = [...(flag?.rules.flatMap(({ segments }) => segments) ?? []), ...rollouts];
  return new Map(all.map((segment) => [segment.key, segment]));
}

/** Which segments an entity is in, by evaluation's own primitives. Without rules on entities it is so for all of a context. */
class Matches {
  readonly #segments: ReadonlyMap<string, CompiledSegment>;
  readonly #ofAnybody = new WeakMap<Context, Map<string, boolean>>();

  constructor(flag: CompiledFlag | undefined) {
    this.#segments = segmentsOf(flag);
  }

  of(entity: string, context: Context): ReadonlyMap<string, boolean> {
    const known = this.#ofAnybody.get(context) ?? new Map<string, boolean>();
    this.#ofAnybody.set(context, known);
    const all = new Map(known);
    for (const [key, segment] of this.#segments) {
      if (all.has(key)) continue;
      const isIn = matchSegments([segment], true, entity, context) !== undefined;
      all.set(key, isIn);
      if (!segment.constraints.some(({ type }) => type === "ENTITY_ID")) known.set(key, isIn);
    }
    return all;
  }
}

/** Says which of the regions an entity belongs to. */
class Places {
  readonly #versions: Versions;
  readonly #base: Matches;
  readonly #head: Matches;

  constructor(versions: Versions) {
    this.#versions = versions;
    this.#base = new Matches(versions.base);
    this.#head = new Matches(versions.head);
  }

  of(regions: readonly Region[], entity: string, context: Context): readonly Region[] {
    const [before, after] = [this.#base.of(entity, context), this.#head.of(entity, context)];
    return regions.filter((region) => {
      for (const key in region.segments) if (after.get(key) !== region.segments[key]) return false;
      for (const key in region.segmentsBefore) if (before.get(key) !== region.segmentsBefore[key]) return false;
      return this.#hasBucket(region, entity);
    });
  }

  #hasBucket(region: Region, entity: string): boolean {
    if (region.entities !== undefined) return region.entities.includes(entity);
    const key = this.#versions.head?.key ?? this.#versions.base?.key ?? "";
    const within = ({ bucket, grid }: Pick<Region, "bucket" | "grid">): boolean => {
      const own = bucketOf(grid, key, entity);
      return own >= bucket[0] && own < bucket[1];
    };
    return within(region) && (region.bucketBefore === undefined || within(region.bucketBefore));
  }
}

function analyse(versions: Versions, all: boolean): AffectedFlag {
  const work = affectedFlag(versions, { all });
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Counts of what was looked at, so that a test that looks at nothing cannot pass. */
const seen = { flags: 0, regions: 0, exact: 0, probes: 0, counted: 0, exploded: 0, named: 0 };

function check(versions: Versions, contexts: readonly Context[], spreads: ReadonlyMap<string, Spread>): void {
  const key = versions.head?.key ?? versions.base?.key ?? "";
  const all = analyse(versions, true);
  seen.flags += 1;
  if (all.regions.length === 0) {
    seen.exploded += 1;
    if (all.exact) throw new Error(`${key}: exact, but without regions`);
    return;
  }
  seen.exact += all.exact ? 1 : 0;
  seen.regions += all.regions.length;
  const grid = (versions.head ?? versions.base)?.type === "BOOLEAN_FLAG_TYPE" ? 100 : 1000;
  const { ids, counts } = spreads.get(`${key} ${grid}`) as Spread;
  const places = new Places(versions);
  const near = contextsNear(versions);
  const examples = all.regions.flatMap(({ example }) => (example === undefined ? [] : [example.context]));
  for (const context of [...contexts, ...near, ...examples.slice(0, CONTEXTS)]) {
    const counted = new Map<Region, number>();
    for (const [bucket, id] of [...ids, ...NAMED].entries()) {
      const own = places.of(all.regions, id, context);
      const where = `${key} for ${JSON.stringify(id)} in ${JSON.stringify(context)}`;
      if (own.length !== 1) throw new Error(`${where}: ${own.length} regions\n${JSON.stringify(own)}`);
      const [region] = own as [Region];
      const before = answerOf(versions.base, id, context);
      const after = answerOf(versions.head, id, context);
      seen.probes += 1;
      if (!isDeepStrictEqual(region.before, before) || !isDeepStrictEqual(region.after, after)) {
        throw new Error(`${where}: ${JSON.stringify({ region, before, after })}`);
      }
      if (bucket < ids.length) counted.set(region, (counted.get(region) ?? 0) + (counts[bucket] ?? 0));
    }
    for (const [region, people] of counted) {
      if (region.bucketBefore !== undefined || region.entities !== undefined || region.grid !== grid) continue;
      // No entity of these is named, so they are in the same segments unless the identifier's form decides.
      const [from, to] = region.bucket;
      const expected = counts.slice(from, to).reduce((sum, count) => sum + count, 0);
      if (people > expected || Math.abs(region.share - (to - from) / grid) > 1e-12) {
        throw new Error(`${key}: ${people} of ${expected} in ${JSON.stringify(region)}`);
      }
      if (people === expected) seen.counted += 1;
      else if (!hasEntityRules(versions))
        throw new Error(`${key}: ${people} of ${expected} in ${JSON.stringify(region)}`);
    }
  }
  for (const region of all.regions) {
    if (region.entities !== undefined) seen.named += 1;
    if (region.example === undefined) {
      if (all.exact) throw new Error(`${key}: no example of ${JSON.stringify(region)}`);
      continue;
    }
    const { entityId, context } = region.example;
    const { bucketBefore: _, ...rest } = region;
    const anywhere = { ...rest, bucket: [0, region.grid] as const };
    if (places.of([anywhere], entityId ?? "user-1", context).length !== 1) {
      throw new Error(`${key}: the example is not in ${JSON.stringify(region)}`);
    }
  }
  checkChanges(analyse(versions, false), all);
}

/** Contexts whose values are what constraints look for, a little beside it, and between two of them. */
function contextsNear({ base, head }: Versions): readonly Context[] {
  const values = new Map<string, string[]>();
  const bounds = new Map<string, (number | bigint)[]>();
  for (const segment of [...segmentsOf(base).values(), ...segmentsOf(head).values()]) {
    for (const { property, text, value } of segment.constraints) {
      const named = bounds.get(property) ?? [];
      if (typeof value === "bigint" || Number.isFinite(value)) named.push(value as number | bigint);
      bounds.set(property, named);
      const own = values.get(property) ?? [];
      own.push(text, `${text}x`, `x${text}`, `x${text}x`, ` ${text}`, `${Number(text) + 1}`, `${Number(text) - 1}`);
      values.set(property, own);
    }
  }
  const near = Array.from({ length: NEAR }, (_, round) =>
    Object.fromEntries(
      [...values].map(([property, own], index) => [property, own[(round * 5 + index * 3) % own.length] ?? ""]),
    ),
  );
  const between = [...bounds].map(([property, own]) => [property, middlesOf(own)] as const);
  const rounds = Math.min(NEAR, Math.max(0, ...between.map(([, middles]) => middles.length)));
  const inner = Array.from({ length: rounds }, (_, round) =>
    Object.fromEntries(
      between.flatMap(([property, own]) => (own.length === 0 ? [] : [[property, own[round % own.length] ?? ""]])),
    ),
  );
  return [...near, ...inner];
}

/** Values between neighbours: of numbers, and of times. */
function middlesOf(bounds: readonly (number | bigint)[]): readonly string[] {
  const numbers = bounds.filter((bound) => typeof bound === "number").sort((a, b) => a - b);
  const times = bounds.filter((bound) => typeof bound === "bigint").sort((a, b) => (a < b ? -1 : 1));
  const middles = numbers.slice(1).map((bound, index) => String((bound + (numbers[index] as number)) / 2));
  for (const [index, time] of times.slice(1).entries()) {
    const middle = (time + (times[index] as bigint)) / 2n;
    middles.push(new Date(Number(middle / 1_000_000n)).toISOString());
  }
  return middles;
}

function hasEntityRules({ base, head }: Versions): boolean {
  const segments = [...segmentsOf(base).values(), ...segmentsOf(head).values()];
  return segments.some(({ constraints }) => constraints.some(({ type }) => type === "ENTITY_ID"));
}

/** Regions that change are the same by themselves as among all, but for how they are put together. */
function checkChanges(changes: AffectedFlag, all: AffectedFlag): void {
  const keys = ({ regions }: AffectedFlag): ReadonlySet<string> =>
    new Set(
      regions
        .filter(({ before, after }) => !isDeepStrictEqual(before, after))
        .map(({ before, after }) => JSON.stringify([before, after])),
    );
  if (!isDeepStrictEqual(keys(changes), keys(all))) throw new Error(JSON.stringify({ changes, all }));
  if (changes.share !== all.share) throw new Error(`shares ${changes.share} and ${all.share}`);
}

test(`regions of ${PAIRS} random pairs of versions part everybody and tell each answer before and after`, async (t) => {
  t.timeout(3_600_000);
  const builder = createSnapshotBuilder();
  t.teardown(() => builder.close());
  const spreads = new Map(
    PAIR_KEYS.flatMap((key) => [100, 1000].map((grid): [string, Spread] => [`${key} ${grid}`, spread(key, grid)])),
  );
  for (const { ids } of spreads.values()) t.false(ids.includes(""), "100,000 entities reach every bucket");
  const property = fc.asyncProperty(
    randomPairs,
    fc.array(randomContext, { minLength: CONTEXTS, maxLength: CONTEXTS }),
    async (pair, contexts) => {
      const { base, head } = await buildPair(builder, pair);
      for (const key of new Set([...base.flags.keys(), ...head.flags.keys()])) {
        check({ base: base.flags.get(key), head: head.flags.get(key) }, contexts, spreads);
      }
    },
  );
  await fc.assert(property, {
    numRuns: PAIRS,
    ...(process.env.VEXIL_SEED && { seed: Number(process.env.VEXIL_SEED) }),
  });
  t.log(JSON.stringify(seen));
  t.true(seen.regions > PAIRS && seen.probes > PAIRS * 100 && seen.counted > 0 && seen.exact > seen.flags / 2);
});
