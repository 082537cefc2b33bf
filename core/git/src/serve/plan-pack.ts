import type { GitObjectType, Oid } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import type { FetchArguments } from "./fetch-arguments.js";
import type { GraphCommit } from "./graph-commit.js";
import type { ObjectFilter } from "./object-filter.js";
import { PackPlan } from "./pack-plan.js";
import type { CommitSelection } from "./select-commits.js";
import { type TreeChange, TreeSelection } from "./tree-selection.js";
import type { UploadSource } from "./upload-source.js";

/** Commits of the client that are compared with one whose parents it does not get. */
const EDGES = 3;

/** Finds all objects that go into a pack. */
export async function planPack(
  source: UploadSource,
  args: FetchArguments,
  { commits, edges }: CommitSelection,
  others: ReadonlyMap<Oid, GitObjectType>,
): Promise<PackPlan> {
  const plan = new PackPlan();
  const trees = new TreeSelection(source, plan, args.filter, args.isThin);
  for (const { tree } of edges.slice(0, EDGES)) trees.has(tree);
  const known = new Map<Oid, GraphCommit>();
  for (const commit of [...commits, ...edges]) known.set(commit.oid, commit);
  const had = new Set(edges.map(({ oid }) => oid));
  const basesOf = ({ parents }: GraphCommit): readonly Oid[] => {
    const bases = parents.flatMap((oid) => {
      const parent = known.get(oid);
      if (parent !== undefined && had.has(oid)) trees.has(parent.tree);
      return parent === undefined ? [] : [parent.tree];
    });
    return bases.length > 0 ? bases : edges.slice(0, EDGES).map(({ tree }) => tree);
  };
  // One after the other: what a commit has in common with its parents is left out, so theirs must be complete by then.
  for (const commit of parentsFirst(commits)) {
    plan.add(commit.oid, "commit");
    await trees.take([{ tree: commit.tree, bases: basesOf(commit), depth: 0 }]);
  }
  await takeOthers(source, plan, others, args.filter);
  if (args.includesTags) await takeTags(source, plan);
  return plan;
}

/** Parents before their children, whatever their clocks said; else the oldest first. */
function* parentsFirst(commits: readonly GraphCommit[]): Generator<GraphCommit> {
  const left = new Map(commits.map((commit) => [commit.oid, commit]));
  const waiting = [...commits];
  for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
    const before = left.has(next.oid) ? next.parents.flatMap((oid) => left.get(oid) ?? []) : [];
    waiting.push(...before);
    if (before.length > 0) continue;
    waiting.pop();
    if (left.delete(next.oid)) yield next;
  }
}

/** Sends what was asked for by its id whatever the filter leaves out, though not all that is below it. */
async function takeOthers(
  source: UploadSource,
  plan: PackPlan,
  others: ReadonlyMap<Oid, GitObjectType>,
  filter: ObjectFilter | undefined,
): Promise<void> {
  const trees: TreeChange[] = [];
  for (const [oid, type] of others) {
    if (type === "tree" && filter?.type !== "trees") trees.push({ tree: oid, bases: [], depth: 0 });
    else plan.add(oid, type);
  }
  return new TreeSelection(source, plan, filter, false).take(trees);
}

/** Tags of what is sent go with it. */
async function takeTags({ refs, read }: UploadSource, plan: PackPlan): Promise<void> {
  const oids = new Set([...refs].flatMap(([ref, oid]) => (ref.startsWith("refs/tags/") ? [oid] : [])));
  for (const { oid, type, bytes } of (await read([...oids])).values()) {
    const [named] = referencesOf(type, bytes);
    if (type === "tag" && named !== undefined && plan.has(named)) plan.add(oid, "tag");
  }
}
