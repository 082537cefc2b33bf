import type { DaemonName, FlagName } from "./schedule.js";

export type Outcome = "acknowledged" | "refused" | "unknown";

/** One write of anybody, known by the text it puts into a flag's name. */
export interface Attempt {
  readonly marker: string;
  readonly writer: DaemonName | "git";
  readonly flag: FlagName;
  readonly outcome: Outcome;
  /** The commit, when it was acknowledged. */
  readonly revision: string | undefined;
  /** The commit whose snapshot the daemon served when the request was sent. */
  readonly known: string | undefined;
}

/** One commit as native git shows it. */
export interface SeenCommit {
  readonly oid: string;
  readonly parent: string | undefined;
  readonly instance: string | undefined;
  /** Path → added and removed lines. */
  readonly changes: ReadonlyMap<string, { readonly added: readonly string[]; readonly removed: readonly string[] }>;
}

/** All that is known when a schedule has ended. */
export interface Observation {
  readonly attempts: readonly Attempt[];
  /** Every commit that any head of the branch had, by id. */
  readonly commits: ReadonlyMap<string, SeenCommit>;
  /** The branch now and all that it reaches. */
  readonly reachable: ReadonlySet<string>;
  /** Commits that native git threw away on purpose. */
  readonly dropped: ReadonlySet<string>;
  readonly head: string;
  /** What each daemon serves in the end: its revision, and the name of each flag. */
  readonly served: ReadonlyMap<DaemonName, { readonly revision: string; readonly names: ReadonlyMap<string, string> }>;
  /** Names of flags by native git at the head. */
  readonly names: ReadonlyMap<string, string>;
  pathOf(flag: FlagName): string;
}

/** What does not hold, in words; empty when all is well. */
export function judge(seen: Observation): readonly string[] {
  return [...judgeAttempts(seen), ...judgeCommits(seen), ...judgeConflicts(seen), ...judgeServed(seen)];
}

/** No acknowledged write missing, no refused one present, none applied twice. */
function judgeAttempts(seen: Observation): readonly string[] {
  const problems: string[] = [];
  for (const attempt of seen.attempts) {
    const { marker, outcome, revision } = attempt;
    const holders = [...seen.commits.values()].filter((commit) => addsMarker(commit, marker)).map(({ oid }) => oid);
    // One that landed unseen and was thrown away by a force-push has to be made again: it counts once.
    const standing = holders.filter((oid) => !seen.dropped.has(oid));
    if (standing.length > 1) problems.push(`${marker} was applied ${holders.length} times: ${holders.join(", ")}`);
    if (outcome === "refused" && holders.length > 0) problems.push(`${marker} was refused and is in ${holders[0]}`);
    if (outcome !== "acknowledged") continue;
    if (revision === undefined || !holders.includes(revision)) {
      problems.push(`${marker} was acknowledged as ${revision} and is in ${holders[0] ?? "no commit"}`);
    } else if (!seen.reachable.has(revision) && !seen.dropped.has(revision)) {
      problems.push(`${marker} was acknowledged as ${revision}, which is gone from the branch`);
    }
  }
  return problems;
}

/** A daemon's commit changes the one line of its write, and nothing else: no state that nobody wrote. */
function judgeCommits(seen: Observation): readonly string[] {
  const problems: string[] = [];
  for (const { oid, instance, changes } of seen.commits.values()) {
    if (instance === undefined) continue;
    const [change, ...others] = [...changes];
    const attempt = seen.attempts.find(({ marker }) => change?.[1].added.some((line) => line.includes(marker)));
    if (change === undefined || others.length > 0 || attempt === undefined) {
      problems.push(`${oid} of a daemon is not the write of one flag: ${describe(changes)}`);
    } else if (
      change[0] !== seen.pathOf(attempt.flag) ||
      change[1].added.length !== 1 ||
      change[1].removed.length !== 1 ||
      change[1].added[0] !== `    name: ${attempt.marker} # of ${attempt.flag.key}`
    ) {
      problems.push(`${oid} changes more than ${attempt.marker} meant to: ${describe(changes)}`);
    }
  }
  return problems;
}

/** Between what a daemon knew and its commit's parent, nobody else changed the file. */
function judgeConflicts(seen: Observation): readonly string[] {
  const problems: string[] = [];
  for (const { marker, writer, flag, outcome, revision, known } of seen.attempts) {
    if (outcome !== "acknowledged" || writer === "git" || revision === undefined || known === undefined) continue;
    const own = seen.commits.get(revision)?.instance?.split(" ")[0];
    const between: string[] = [];
    let at = seen.commits.get(revision)?.parent;
    while (at !== undefined && at !== known) {
      between.push(at);
      at = seen.commits.get(at)?.parent;
    }
    // The known commit was thrown away: what was known then cannot be compared commit by commit.
    if (at === undefined) continue;
    for (const oid of between) {
      const commit = seen.commits.get(oid);
      if (commit?.changes.has(seen.pathOf(flag)) && commit.instance?.split(" ")[0] !== own) {
        problems.push(`${marker} was written over ${oid}, which its daemon did not know (it knew ${known})`);
      }
    }
  }
  return problems;
}

function judgeServed(seen: Observation): readonly string[] {
  const problems: string[] = [];
  for (const [daemon, { revision, names }] of seen.served) {
    if (revision !== seen.head) problems.push(`daemon ${daemon} serves ${revision}, the branch is at ${seen.head}`);
    for (const [flag, name] of seen.names) {
      if (names.get(flag) !== name)
        problems.push(`daemon ${daemon} serves ${flag} as ${names.get(flag)}, it is ${name}`);
    }
  }
  return problems;
}

function addsMarker({ changes }: SeenCommit, marker: string): boolean {
  return [...changes.values()].some(({ added }) => added.some((line) => line.includes(`name: ${marker} `)));
}

function describe(changes: SeenCommit["changes"]): string {
  return [...changes]
    .map(([path, { added, removed }]) => `${path} +${added.join("|")} -${removed.join("|")}`)
    .join("; ");
}
