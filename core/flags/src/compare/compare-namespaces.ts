import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { NamespaceSnapshot } from "../compile/snapshot.js";
import { inSlices } from "../parse/in-slices.js";
import { compareText } from "../read/canonical-json.js";
import { type AffectedOptions, affectedFlag } from "./affected-flag.js";
import { changedItems, type ItemChange } from "./changed-items.js";
import { Effort } from "./effort.js";
import { KeptCells } from "./kept-cells.js";
import type { AffectedFlag } from "./region.js";
import { isSameFlag } from "./same-answers.js";

export type Namespaces = ReadonlyMap<string, NamespaceSnapshot>;

export interface Comparison {
  readonly changes: readonly ItemChange[];
  /** Flags that answer somebody otherwise. */
  readonly affected: readonly (AffectedFlag & { readonly namespace: string })[];
}

/** Steps that all flags may take together, beyond those that each may take anyway: some ten seconds. */
const MOST_STEPS = 300_000_000;

export interface CompareOptions {
  /** Namespaces that are looked at; others count as if they were not there. */
  readonly wanted?: (namespace: string) => boolean;
  /** Lists the regions that do not change, too. */
  readonly all?: boolean;
  /** Ends the comparison, which then fails for the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Compares two states: what differs in them by item, and who is affected. It does so in slices, so that others on the
 * event loop have their turn.
 */
export async function compareNamespaces(
  base: Namespaces,
  head: Namespaces,
  { wanted = () => true, all = false, signal }: CompareOptions = {},
): Promise<Comparison> {
  const changes: ItemChange[] = [];
  const affected: (AffectedFlag & { readonly namespace: string })[] = [];
  const keys = [...new Set([...base.keys(), ...head.keys()])].filter(wanted).sort(compareText);
  const slice = new TimeSlice();
  const shared = { kept: new KeptCells(), effort: new Effort(MOST_STEPS) };
  const run = <T>(work: Generator<void, T>): Promise<T> => inSlices(work, signal, slice);
  for (const key of keys) {
    const before = base.get(key);
    const after = head.get(key);
    if (before === after) continue;
    changes.push(...(await run(changedItems(key, before, after))));
    for (const found of await run(affectedFlags(before, after, { all, ...shared }))) {
      affected.push({ namespace: key, ...found });
    }
  }
  return { changes, affected };
}

function* affectedFlags(
  before: NamespaceSnapshot | undefined,
  after: NamespaceSnapshot | undefined,
  options: AffectedOptions,
): Generator<void, readonly AffectedFlag[]> {
  const found: AffectedFlag[] = [];
  const keys = new Set([...(before?.sortedKeys ?? []), ...(after?.sortedKeys ?? [])]);
  for (const key of keys) {
    yield;
    const versions = { base: before?.flags.get(key), head: after?.flags.get(key) };
    if (isSameFlag(versions.base, versions.head)) continue;
    const flag = yield* affectedFlag(versions, options);
    if (flag.share > 0 || flag.regions.length > 0) found.push(flag);
  }
  return found;
}
