import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import type { FetchArguments } from "./fetch-arguments.js";
import type { GraphCommit } from "./graph-commit.js";
import { tagEnds } from "./tag-ends.js";
import { badRequest } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** A part of history: commits that go without their parents, and all others of it. */
export interface HistoryCut {
  readonly boundary: ReadonlySet<Oid>;
  readonly inner: ReadonlySet<Oid>;
}

/** The newest commits, so many from each that is wanted. */
export async function cutByDepth(
  graph: CommitGraph,
  { shallow }: UploadSource,
  wants: readonly Oid[],
  levels: number,
): Promise<HistoryCut> {
  const boundary = new Set<Oid>();
  const inner = new Set<Oid>();
  const seen = new Set(wants);
  const pause = timeSlice();
  let level = [...seen];
  for (let depth = 1; level.length > 0; depth += 1) {
    const next: Oid[] = [];
    const commits = depth >= levels ? [] : await graph.require(level);
    if (depth >= levels) for (const oid of level) boundary.add(oid);
    for (const commit of commits) {
      (shallow.has(commit.oid) ? boundary : inner).add(commit.oid);
      for (const oid of graph.parents(commit)) {
        if (!seen.has(oid)) next.push(oid);
        seen.add(oid);
      }
      await pause();
    }
    level = next;
  }
  return { boundary, inner };
}

/** History that is newer than a time, and not reached by some refs. @throws VexilError VEXIL_VALIDATION_REQUEST */
export async function cutByRefs(
  graph: CommitGraph,
  source: UploadSource,
  args: FetchArguments,
  wants: readonly Oid[],
): Promise<HistoryCut> {
  const { since = 0 } = args;
  const left = await reached(graph, await commitsOf(graph, source, args.not), () => true);
  const isIn = ({ oid, seconds }: GraphCommit): boolean => seconds >= since && !left.has(oid);
  const kept = await reached(graph, wants, isIn);
  if (kept.size === 0) throw badRequest("no commits selected for shallow requests");
  const boundary = new Set<Oid>();
  const inner = new Set<Oid>();
  for (const { oid, parents } of kept.values()) {
    (parents.every((parent) => kept.has(parent)) ? inner : boundary).add(oid);
  }
  return { boundary, inner };
}

async function reached(
  graph: CommitGraph,
  from: readonly Oid[],
  isIn: (commit: GraphCommit) => boolean,
): Promise<ReadonlyMap<Oid, GraphCommit>> {
  const found = new Map<Oid, GraphCommit>();
  const seen = new Set(from);
  const pause = timeSlice();
  for (let level = [...seen]; level.length > 0; ) {
    const next: Oid[] = [];
    for (const commit of await graph.require(level)) {
      if (!isIn(commit)) continue;
      found.set(commit.oid, commit);
      for (const oid of graph.parents(commit)) {
        if (!seen.has(oid)) next.push(oid);
        seen.add(oid);
      }
      await pause();
    }
    level = next;
  }
  return found;
}

/** Commits that refs stand for, by their full or short names. */
async function commitsOf(
  graph: CommitGraph,
  { refs, read }: UploadSource,
  names: ReadonlySet<string>,
): Promise<readonly Oid[]> {
  const oids = [...names].map((name) => {
    const ref = [name, `refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`].find((full) => refs.has(full));
    if (ref === undefined) throw badRequest(`git upload-pack: deepen-not is not a ref: ${name.slice(0, 80)}`);
    return refs.get(ref) as Oid;
  });
  const ends = await tagEnds(read, new Set(oids));
  return [...(await graph.read([...new Set(oids.map((oid) => ends.get(oid) ?? oid))])).keys()];
}
