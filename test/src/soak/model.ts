import { type CommitGraph, type SeenCommit, writerMark } from "./commit-graph.js";
import type { DaemonName, FlagName } from "./schedule.js";

/** `unknown`: the daemon was killed, or answered that the write is not confirmed. */
export type Outcome = "acknowledged" | "refused" | "unknown";

/** One write of anybody, known by the text it puts into a flag's name. */
export interface Attempt {
  readonly marker: string;
  readonly writer: DaemonName | "git";
  readonly flag: FlagName;
  readonly outcome: Outcome;
  /** HTTP status of a refusal. */
  readonly status?: number;
  /** The commit, when it was acknowledged. */
  readonly revision: string | undefined;
  /** The commit whose snapshot the daemon served just before the request was sent. */
  readonly known: string | undefined;
  /** The daemon had nothing else to do, so it was still at `known` when the request arrived. */
  readonly alone: boolean;
  /** The revision that the request named. */
  readonly named: string | undefined;
  /** When the answer came, in the arena's time. */
  readonly answeredAt: number;
  /** Disturbance of the remote in its round. */
  readonly disturbed: "fault" | "hook" | undefined;
}

/** All that is known when a schedule has ended. */
export interface Observation {
  readonly attempts: readonly Attempt[];
  /** Every commit that any head of the branch had. */
  readonly graph: CommitGraph;
  readonly head: string;
  /** Commits that native git threw away on purpose → the arena's time just before. */
  readonly dropped: ReadonlyMap<string, number>;
  /** Daemons were killed: what they made before is others' to them. */
  readonly kills: boolean;
  /** State that each daemon serves in the end: its revision, and the name of each flag. */
  readonly served: ReadonlyMap<DaemonName, { readonly revision: string; readonly names: ReadonlyMap<string, string> }>;
  /** Names of flags by native git at the head. */
  readonly names: ReadonlyMap<string, string>;
  pathOf(flag: FlagName): string;
}

/** Lists the rules that do not hold, in words; empty when all is well. */
export function judge(seen: Observation): readonly string[] {
  return [
    ...seen.attempts.flatMap((attempt) => [...judgeOutcome(attempt, seen)]),
    ...seen.attempts.flatMap((attempt) => [...judgeRefusal(attempt, seen)]),
    ...seen.attempts.flatMap((attempt) => [...judgeConflict(attempt, seen)]),
    ...judgeCommits(seen),
    ...judgeServed(seen),
  ];
}

/**
 * No acknowledged write missing, no refused one present, none applied twice. A push may land unseen, its answer lost,
 * and a force-push may throw it away before the daemon can ask: then the write has not happened, and is made again, or
 * refused, on what is there. So a write may have several commits, but never two in one history, and none that stood
 * when the answer said something else.
 */
function* judgeOutcome(attempt: Attempt, { graph, dropped, head }: Observation): Iterable<string> {
  const { marker, outcome, revision, answeredAt } = attempt;
  const holders = graph.commitsOf(marker);
  for (const later of holders) {
    const earlier = holders.find((oid) => oid !== later && graph.isAncestor(oid, later));
    if (earlier !== undefined) yield `${marker} was applied twice: ${earlier} and ${later}`;
  }
  if (outcome === "unknown") return;
  const stood = holders.filter((oid) => (dropped.get(oid) ?? Number.POSITIVE_INFINITY) > answeredAt);
  if (outcome === "refused") {
    if (stood[0] !== undefined) yield `${marker} was refused and is in ${stood[0]}`;
    return;
  }
  if (revision === undefined || !holders.includes(revision)) {
    yield `${marker} was acknowledged as ${revision} and is in ${holders.join(", ") || "no commit"}`;
    return;
  }
  const other = stood.find((oid) => oid !== revision);
  if (other !== undefined) yield `${marker} was acknowledged as ${revision} and is in ${other} too`;
  if (!graph.isAncestor(revision, head) && !dropped.has(revision)) {
    yield `${marker} was acknowledged as ${revision}, which is gone from the branch`;
  }
}

/** A refusal has its reason: a conflict needs a change, a no of the remote a hook, an unreachable remote a fault. */
function* judgeRefusal(attempt: Attempt, seen: Observation): Iterable<string> {
  const { marker, status, disturbed } = attempt;
  if (attempt.writer === "git" || attempt.outcome === "acknowledged" || status === undefined) return;
  if (status === 409) {
    if (!mayConflict(attempt, seen)) yield `${marker} was refused as a conflict, and nobody had changed its file`;
  } else if (status === 403) {
    if (disturbed === undefined) yield `${marker} was refused by the remote, which refused nothing`;
  } else if (status === 503) {
    if (disturbed !== "fault" && !seen.kills) yield `${marker} was answered 503, and the remote could be reached`;
  } else yield `${marker} was answered ${status}`;
}

/** Tells whether anybody whom the rule counts has changed the file after what the daemon knew, or the request named. */
function mayConflict(attempt: Attempt, { graph, attempts, dropped, kills, pathOf }: Observation): boolean {
  const { writer, flag, known, named, disturbed } = attempt;
  const since = named ?? known;
  const own = new Set(
    named === undefined && !kills ? attempts.flatMap((other) => (other.writer === writer ? [other.marker] : [])) : [],
  );
  for (const commit of graph.commits.values()) {
    if (!commit.changes.has(pathOf(flag))) continue;
    const isOwn = [...own].some((marker) => graph.commitsOf(marker).includes(commit.oid));
    const isNew = since === undefined || !graph.isAncestor(commit.oid, since);
    if (isNew ? !isOwn : dropped.has(commit.oid)) return true;
  }
  // A revision that only the remote knows cannot be looked up while the remote cannot be reached.
  if (named !== undefined && disturbed === "fault" && !(known !== undefined && graph.isAncestor(named, known))) {
    return true;
  }
  // A revision that was thrown away is not in the branch's history.
  return named !== undefined && [...dropped.keys()].some((oid) => graph.isAncestor(oid, named));
}

/** An acknowledged write lies on a file that nobody else changed after what was known or named. */
function* judgeConflict(attempt: Attempt, { graph, pathOf }: Observation): Iterable<string> {
  const { marker, writer, flag, outcome, revision, known, alone, named } = attempt;
  if (outcome !== "acknowledged" || writer === "git" || revision === undefined) return;
  const commit = graph.commits.get(revision);
  const parent = commit?.parent;
  if (commit === undefined || parent === undefined) return;
  const path = pathOf(flag);
  if (named !== undefined) {
    if (graph.fileAt(named, path) !== graph.fileAt(parent, path)) {
      yield `${marker} named ${named} and was written on ${parent}, where the file is another`;
    }
    return;
  }
  if (!alone || known === undefined) return;
  const others = [
    ...graph.between(parent, known).filter((oid) => graph.commits.get(oid)?.changes.has(path)),
    ...graph.between(known, parent).filter((oid) => {
      const between = graph.commits.get(oid);
      return between?.changes.has(path) && writerMark(between) !== writerMark(commit);
    }),
  ];
  for (const oid of others) yield `${marker} was written over ${oid}, which its daemon did not know (it knew ${known})`;
}

/** A daemon's commit changes the one line of its write, and nothing else: no state that nobody wrote. */
function* judgeCommits({ graph, attempts, pathOf }: Observation): Iterable<string> {
  for (const commit of graph.commits.values()) {
    if (commit.instance === undefined) continue;
    const { oid, changes } = commit;
    const [change, ...others] = [...changes];
    const attempt = attempts.find(({ marker }) => change?.[1].added.some((line) => line.includes(`${marker} `)));
    if (change === undefined || others.length > 0 || attempt === undefined) {
      yield `${oid} of a daemon is not the write of one flag: ${describe(commit)}`;
    } else if (
      change[0] !== pathOf(attempt.flag) ||
      change[1].added.length !== 1 ||
      change[1].removed.length !== 1 ||
      change[1].added[0] !== `    name: ${attempt.marker} # of ${attempt.flag.key}`
    ) {
      yield `${oid} changes more than ${attempt.marker} meant to: ${describe(commit)}`;
    }
  }
}

function* judgeServed({ served, head, names }: Observation): Iterable<string> {
  for (const [daemon, at] of served) {
    if (at.revision !== head) yield `daemon ${daemon} serves ${at.revision}, the branch is at ${head}`;
    for (const [flag, name] of names) {
      const found = at.names.get(flag);
      if (found !== name) yield `daemon ${daemon} serves ${flag} as ${found}, it is ${name}`;
    }
  }
}

function describe({ changes }: SeenCommit): string {
  return [...changes]
    .map(([path, { added, removed }]) => `${path} +${added.join("|")} -${removed.join("|")}`)
    .join("; ");
}
