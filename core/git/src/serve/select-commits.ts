import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import { DateQueue } from "./date-queue.js";
import type { GraphCommit } from "./graph-commit.js";
import { lost } from "./upload-faults.js";

/** Where walks end: commits whose parents the client is not to get, and such whose parents it has not got. */
export interface WalkEnds {
  readonly wanted: ReadonlySet<Oid>;
  readonly had: ReadonlySet<Oid>;
}

/** Commits that a client lacks, and what it has of the same history. */
export interface CommitSelection {
  /** Newest first. */
  readonly commits: readonly GraphCommit[];
  /** Commits that it has, the newest first, which those build on. */
  readonly edges: readonly GraphCommit[];
}

const WANTED = 1;
const HAD = 2;

interface Node {
  readonly oid: Oid;
  commit: GraphCommit | undefined;
  /** From where it is reached, and for which of these its parents were looked at. */
  reached: number;
  followed: number;
}

/**
 * Walks back from what is wanted and from what the client has, newest commits first, until nothing is left that only
 * the wanted ones reach. Clocks that went wrong make a client get what it has; never too little.
 */
export async function selectCommits(
  graph: CommitGraph,
  wants: Iterable<Oid>,
  haves: Iterable<Oid>,
  ends: WalkEnds,
): Promise<CommitSelection> {
  const nodes = new Map<Oid, Node>();
  const queue = new DateQueue<Node>();
  const pause = timeSlice();
  let unread: Node[] = [];
  /** Nodes in the queue, or to be read, that only the wanted ones reach. */
  let open = 0;
  const isOpen = ({ reached, followed }: Node): boolean => reached === WANTED && followed === 0;
  const reach = (oid: Oid, by: number): void => {
    let node = nodes.get(oid);
    if (node !== undefined && (node.reached & by) !== 0) return;
    if (node === undefined) {
      node = { oid, commit: undefined, reached: 0, followed: 0 };
      nodes.set(oid, node);
    }
    const wasOpen = isOpen(node);
    const isNew = node.reached === 0;
    node.reached |= by;
    open += Number(isOpen(node)) - Number(wasOpen);
    if (isNew) unread.push(node);
    else if (node.commit !== undefined) queue.push(node, node.commit.seconds);
  };
  for (const oid of wants) reach(oid, WANTED);
  for (const oid of haves) reach(oid, HAD);
  while (open > 0) {
    if (unread.length > 0) {
      const batch = unread;
      unread = [];
      const read = await graph.read(batch.map(({ oid }) => oid));
      for (const node of batch) {
        node.commit = read.get(node.oid);
        if (node.commit !== undefined) queue.push(node, node.commit.seconds);
        // What the client has need not be here.
        else if (node.reached === WANTED) throw lost("commit", node.oid);
      }
    }
    const node = queue.pop();
    if (node?.commit === undefined) break;
    const wasOpen = isOpen(node);
    const news = node.reached & ~node.followed;
    node.followed |= news;
    if (wasOpen) open -= 1;
    if ((node.reached & HAD) !== 0) {
      if ((news & HAD) !== 0 && !ends.had.has(node.oid)) for (const oid of graph.parents(node.commit)) reach(oid, HAD);
    } else if (!ends.wanted.has(node.oid)) for (const oid of graph.parents(node.commit)) reach(oid, WANTED);
    await pause();
  }
  return sorted(nodes.values());
}

function sorted(nodes: Iterable<Node>): CommitSelection {
  const commits: GraphCommit[] = [];
  const edges: GraphCommit[] = [];
  for (const { commit, reached } of nodes) {
    if (commit === undefined) continue;
    if (reached === WANTED) commits.push(commit);
    else edges.push(commit);
  }
  const newestFirst = (a: GraphCommit, b: GraphCommit): number => b.seconds - a.seconds;
  return { commits: commits.sort(newestFirst), edges: edges.sort(newestFirst) };
}
