import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";

/** Two states that were served one after the other. */
export interface FeedStep {
  /** undefined: nothing was served before. */
  readonly from: Oid | undefined;
  readonly to: Oid;
  /** The branch was moved to a commit that does not have the one before in its past. */
  readonly isRewritten: boolean;
}

/** How a branch is read. */
export interface FeedHistory {
  readonly repository: Pick<Repository, "isAncestor">;
  /** A commit, fetched where it is not stored; undefined where the known history ends. */
  commit(oid: Oid): Promise<CommitInfo | undefined>;
}

/** Steps of a branch are told one by one up to here; what lies further back is told as one. */
const MOST = 50_000;

/**
 * The way from a state to the head: along the line of first parents, commit by commit, the oldest first. A commit that is
 * on no such line (the branch went over to a merge that has it as another parent, or was rewritten) makes one step to the
 * oldest of the line that has it in its past, or to the head.
 * @param at undefined: from the first commit of the line on
 */
export async function feedSteps(
  history: FeedHistory,
  at: Oid | undefined,
  head: Oid,
  most = MOST,
): Promise<readonly FeedStep[]> {
  const line: Oid[] = [];
  const slice = new TimeSlice();
  let oid: Oid | undefined = head;
  while (oid !== undefined && oid !== at && line.length < most) {
    if (slice.due) await slice.next();
    const commit = await history.commit(oid);
    if (commit === undefined) break;
    line.push(oid);
    oid = commit.parents[0];
  }
  if (at === undefined || oid === at) return along(at, line, false);
  const joins = await joinOf(history, at, line);
  return joins === undefined ? [{ from: at, to: head, isRewritten: true }] : along(at, line.slice(0, joins + 1), false);
}

/** The last place of a line, the newest first, whose commit has another one in its past; undefined: none has. */
async function joinOf({ repository }: FeedHistory, at: Oid, line: readonly Oid[]): Promise<number | undefined> {
  const has = async (place: number): Promise<boolean> => (await repository.isAncestor(at, line[place] as Oid)) === true;
  if (line.length === 0 || !(await has(0))) return undefined;
  let [within, beyond] = [0, line.length];
  while (beyond - within > 1) {
    const middle = (within + beyond) >> 1;
    if (await has(middle)) within = middle;
    else beyond = middle;
  }
  return within;
}

function along(at: Oid | undefined, line: readonly Oid[], isRewritten: boolean): readonly FeedStep[] {
  const steps: FeedStep[] = [];
  let from = at;
  for (let place = line.length - 1; place >= 0; place -= 1) {
    const to = line[place] as Oid;
    steps.push({ from, to, isRewritten });
    from = to;
  }
  return steps;
}
