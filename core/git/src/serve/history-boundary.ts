import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import { cutByDepth, cutByRefs, type HistoryCut } from "./cut-history.js";
import type { FetchArguments } from "./fetch-arguments.js";
import { tipCommits } from "./reachable.js";
import type { WalkEnds } from "./select-commits.js";
import type { UploadSource } from "./upload-source.js";

/** Where a client's history ends from now on. */
export interface HistoryBoundary {
  /** Commits at which it ends anew. */
  readonly shallow: readonly Oid[];
  /** Commits at which it does not end any more. */
  readonly unshallow: readonly Oid[];
  readonly ends: WalkEnds;
  /** Commits wanted besides: the parents of those. */
  readonly wants: readonly Oid[];
}

/** git's own value for "all of history". */
const INFINITE_DEPTH = 0x7f_ff_ff_ff;

/** Finds where history is to end for a client that asks for some of it. */
export async function historyBoundary(
  graph: CommitGraph,
  source: UploadSource,
  args: FetchArguments,
  wants: readonly Oid[],
): Promise<HistoryBoundary> {
  // Those that nobody knows here, such as of a branch of the client's own, concern nobody.
  const ended = new Set((await graph.read([...args.shallow])).keys());
  if (!args.deepens) return { shallow: [], unshallow: [], ends: { wanted: ended, had: ended }, wants: [] };
  const cut = await cutOf(graph, source, args, wants, ended);
  const shallow = [...cut.boundary].filter((oid) => !ended.has(oid));
  const unshallow = [...ended].filter((oid) => cut.inner.has(oid));
  const left = [...ended].filter((oid) => !cut.inner.has(oid));
  const opened = await graph.require(unshallow);
  return {
    shallow,
    unshallow,
    ends: { wanted: new Set([...cut.boundary, ...left]), had: ended },
    wants: [...new Set(opened.flatMap((commit) => graph.parents(commit)))],
  };
}

async function cutOf(
  graph: CommitGraph,
  source: UploadSource,
  args: FetchArguments,
  wants: readonly Oid[],
  ended: ReadonlySet<Oid>,
): Promise<HistoryCut> {
  const { depth } = args;
  if (depth === undefined) return cutByRefs(graph, source, args, wants);
  const isAll = depth >= INFINITE_DEPTH;
  // No more is given than refs reach, wherever a client says that its history ends.
  // Tips of a while ago are spared for answers under way. Who wants all gets what they reach, too; by some commits they
  // deepen nothing.
  const tips = isAll ? source : { ...source, recentTips: new Set<Oid>() };
  const ours = isAll || args.isRelative ? await reachable(graph, await tipCommits(tips), ended) : [];
  if (isAll && source.shallow.size === 0) return { boundary: new Set(), inner: new Set(ours) };
  const levels = isAll ? Number.POSITIVE_INFINITY : depth;
  if (!args.isRelative) return cutByDepth(graph, source, wants, levels);
  return cutByDepth(graph, source, ours, levels + 1);
}

/** Those of some commits that others reach. */
async function reachable(graph: CommitGraph, from: readonly Oid[], sought: ReadonlySet<Oid>): Promise<readonly Oid[]> {
  const seen = new Set(from);
  const pause = timeSlice();
  const isFound = (): boolean => [...sought].every((oid) => seen.has(oid));
  for (let level: readonly Oid[] = from; level.length > 0 && !isFound(); ) {
    const next: Oid[] = [];
    for (const commit of await graph.require(level)) {
      for (const oid of graph.parents(commit)) {
        if (!seen.has(oid)) next.push(oid);
        seen.add(oid);
      }
      await pause();
    }
    level = next;
  }
  return [...sought].filter((oid) => seen.has(oid));
}
