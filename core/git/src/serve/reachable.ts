import type { GitObject, Oid } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import type { GraphCommit } from "./graph-commit.js";
import { OidTable } from "./oid-table.js";
import type { UploadSource } from "./upload-source.js";

/** Trees read at once. */
const TREES = 500;
/** Commits whose trees are looked through together. */
const COMMITS = 50;

/**
 * Tells whether the refs reach all of some objects: newest commits first, since that is where those are that a client
 * without files asks for.
 * @returns one that they do not reach; undefined: there is none
 */
export async function isReachable(
  graph: CommitGraph,
  source: UploadSource,
  objects: readonly Pick<GitObject, "oid" | "type">[],
): Promise<Oid | undefined> {
  const sought = new Set(objects.map(({ oid }) => oid));
  if (sought.size === 0) return undefined;
  const tips = await tipCommits(source, sought);
  const isCommits = objects.every(({ type }) => type === "commit" || type === "tag");
  const seen = new Set(tips);
  const trees = new OidTable();
  const pause = timeSlice();
  for (let level: readonly Oid[] = tips; level.length > 0 && sought.size > 0; ) {
    const next: Oid[] = [];
    const commits = [...(await graph.read(level)).values()];
    for (const commit of commits) {
      sought.delete(commit.oid);
      for (const oid of graph.parents(commit)) {
        if (!seen.has(oid)) next.push(oid);
        seen.add(oid);
      }
      await pause();
    }
    if (!isCommits) await lookThrough(source, commits, trees, sought);
    level = next;
  }
  const [stranger] = sought;
  return stranger;
}

/** The commits of all refs, now and a short while ago; tags on the way are no longer sought. */
export async function tipCommits(
  { refs, recentTips, read }: UploadSource,
  sought = new Set<Oid>(),
): Promise<readonly Oid[]> {
  const commits: Oid[] = [];
  for (let level = [...new Set([...refs.values(), ...recentTips])]; level.length > 0; ) {
    const found = await read(level);
    level = [];
    for (const { oid, type, bytes } of found.values()) {
      sought.delete(oid);
      if (type === "commit") commits.push(oid);
      else if (type === "tag") level.push(...referencesOf(type, bytes));
    }
  }
  return commits;
}

async function lookThrough(
  { read }: UploadSource,
  commits: readonly GraphCommit[],
  seen: OidTable,
  sought: Set<Oid>,
): Promise<void> {
  const pause = timeSlice();
  for (let at = 0; at < commits.length && sought.size > 0; at += COMMITS) {
    let waiting = commits.slice(at, at + COMMITS).map(({ tree }) => tree);
    while (waiting.length > 0 && sought.size > 0) {
      const some = waiting.splice(0, TREES).filter((oid) => seen.add(oid) !== undefined);
      const below: Oid[] = [];
      for (const { oid, type, bytes } of (await read(some)).values()) {
        sought.delete(oid);
        if (type !== "tree") continue;
        for (const { oid: entry, isTree } of entriesOf(bytes)) {
          sought.delete(entry);
          if (isTree && !seen.has(entry)) below.push(entry);
        }
        await pause();
      }
      waiting = [...below, ...waiting];
    }
  }
}

function* entriesOf(bytes: Uint8Array): Generator<{ readonly oid: Oid; readonly isTree: boolean }> {
  const tree = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < tree.length; ) {
    const end = tree.indexOf(0, at);
    if (end === -1 || end + 21 > tree.length) return;
    // A directory's mode is 40000; 0x34 is the digit 4, and some old trees have a zero before it.
    const isTree = tree[at] === 0x34 || (tree[at] === 0x30 && tree[at + 1] === 0x34);
    const isSubmodule = tree[at] === 0x31 && tree[at + 1] === 0x36;
    if (!isSubmodule) yield { oid: tree.toString("hex", end + 1, end + 21), isTree };
    at = end + 21;
  }
}
