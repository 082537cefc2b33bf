import { timeSlice } from "@vexil/git/objects/time-slice";
import { branchEnvironment } from "../ref-names.js";

/** A branch that becomes an environment of its own. */
export interface ChosenBranch {
  /** Short name. */
  readonly name: string;
  /** The environment's key. */
  readonly key: string;
  /** Key of the environment that it branches from. */
  readonly base: string;
  /** Key of the configured environment at the root of its bases. */
  readonly root: string;
}

/** Branches of a configured environment that are not served, since there are more than `max_branches`. */
export interface BranchesOverLimit {
  /** The environment's key. */
  readonly environment: string;
  readonly limit: number;
  readonly count: number;
  /** The first few of them. */
  readonly names: readonly string[];
}

/** The branches that exist, and what is served already. */
export interface BranchCandidates {
  /** Key of each configured environment → how many branches of it may be served. */
  readonly limits: ReadonlyMap<string, number>;
  /** Branches that stay served. */
  readonly served: readonly ChosenBranch[];
  /** Short names of branches that may be served from now on. */
  readonly names: Iterable<string>;
  /** Short names of all branches that exist: those that are not here yet take their room already. */
  readonly elsewhere?: ReadonlySet<string>;
  readonly isTaken: (key: string) => boolean;
}

const NAMED = 10;

/**
 * Decides which branches are served: those that are stay, then the first by name, as many as the limits allow. A branch
 * whose key is taken, or whose base is not served, is not among them. Costs the number of branches, in slices.
 */
export async function chooseBranches(from: BranchCandidates): Promise<{
  readonly chosen: readonly ChosenBranch[];
  readonly overLimit: readonly BranchesOverLimit[];
}> {
  const { limits, served } = from;
  const children = await childrenOf(from);
  const counts = new Map([...limits.keys()].map((key) => [key, 0]));
  const kept = new Set<string>();
  for (const { name, root } of served) {
    kept.add(name);
    counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  const pause = timeSlice();
  const chosen: ChosenBranch[] = [];
  const keys = new Set<string>();
  const overLimit = new Map<string, { count: number; names: string[] }>();
  // A branch may be the base of another one: the list grows as it is gone through.
  const bases = [...[...limits.keys()].map((key) => ({ key, root: key })), ...served];
  for (const base of bases) {
    for (const { name, key, here } of children.get(base.key) ?? []) {
      const lower = key.trim().toLowerCase();
      if (kept.has(name) || keys.has(lower) || from.isTaken(key)) continue;
      const count = counts.get(base.root) ?? 0;
      if (count < (limits.get(base.root) ?? 0)) {
        const branch = { name, key, base: base.key, root: base.root };
        counts.set(base.root, count + 1);
        keys.add(lower);
        if (here) chosen.push(branch);
        bases.push(branch);
      } else {
        const others = overLimit.get(base.root) ?? { count: 0, names: [] };
        others.count += 1;
        if (others.names.length < NAMED) others.names.push(name);
        overLimit.set(base.root, others);
      }
      await pause();
    }
  }
  return {
    chosen,
    overLimit: [...overLimit].map(([environment, others]) => ({
      environment,
      limit: limits.get(environment) ?? 0,
      ...others,
    })),
  };
}

interface Child {
  readonly name: string;
  readonly key: string;
  readonly here: boolean;
}

/** Branches by the key of their base; by name, those that are here first. */
async function childrenOf({
  names,
  elsewhere = new Set(),
}: BranchCandidates): Promise<ReadonlyMap<string, readonly Child[]>> {
  const children = new Map<string, Child[]>();
  const here = new Set<string>();
  const pause = timeSlice();
  const add = (name: string, isHere: boolean): void => {
    const parts = branchEnvironment(name);
    if (parts === undefined) return;
    const known = children.get(parts.base);
    const child = { name, key: parts.key, here: isHere };
    if (known === undefined) children.set(parts.base, [child]);
    else known.push(child);
  };
  for (const name of names) {
    here.add(name);
    add(name, true);
    await pause();
  }
  for (const list of children.values()) list.sort(byName);
  if (elsewhere.size === 0) return children;
  for (const name of [...elsewhere].sort()) {
    if (!here.has(name)) add(name, false);
    await pause();
  }
  return children;
}

const byName = (a: Child, b: Child): number => (a.name < b.name ? -1 : 1);
