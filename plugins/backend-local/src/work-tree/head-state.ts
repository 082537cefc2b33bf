import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Oid, RefName } from "@vexil/plugin-api";
import { checkedOutBranches } from "../refs/checked-out.js";
import type { DiskRefs } from "../refs/disk-refs.js";
import { readLooseRef } from "../refs/loose-refs.js";
import type { Layout } from "../repository/layout.js";

/** Why nothing may be written to the work tree. */
export interface Blocked {
  readonly code: string;
  readonly reason: string;
}

export interface HeadState {
  readonly branch?: RefName;
  /** Absent on a branch without commits. */
  readonly commit?: Oid;
  readonly blocked?: Blocked;
}

/** Files that git keeps while something is under way (gitrepository-layout(5), wt-status.c). */
const UNDER_WAY: readonly (readonly [file: string, code: string, what: string, end: string])[] = [
  ["rebase-merge", "rebase", "a rebase", 'finish it with "git rebase --continue" or "git rebase --abort"'],
  ["rebase-apply", "rebase", "a rebase or am", 'finish it with "git rebase --abort" or "git am --abort"'],
  ["MERGE_HEAD", "merge", "a merge", 'commit it, or undo it with "git merge --abort"'],
  ["CHERRY_PICK_HEAD", "cherry-pick", "a cherry-pick", 'finish it with "git cherry-pick --continue" or "--abort"'],
  ["REVERT_HEAD", "revert", "a revert", 'finish it with "git revert --continue" or "--abort"'],
  ["sequencer", "sequencer", "a series of commits", 'finish it with "--continue" or "--abort"'],
  ["BISECT_LOG", "bisect", "a bisect", 'finish it with "git bisect reset"'],
];

/** Reads what is checked out, and whether the user is in the middle of an operation. */
export function readHeadState(layout: Layout, refs: DiskRefs): HeadState {
  const head = readLooseRef(layout.gitDirectory, "HEAD");
  const state: HeadState =
    head.type === "oid"
      ? { commit: head.oid }
      : head.type === "symbolic"
        ? withCommit(head.target, refs.read(head.target))
        : {};
  for (const [file, code, what, end] of UNDER_WAY) {
    if (existsSync(join(layout.gitDirectory, file))) {
      return { ...state, blocked: { code, reason: `${what} is under way in ${layout.root}; ${end}` } };
    }
  }
  if (state.branch === undefined) {
    const reason = `HEAD is detached in ${layout.root}; check the branch out with "git switch"`;
    return { ...state, blocked: { code: "detached", reason } };
  }
  return state;
}

/** The branch is another work tree's, so that moving it would pull the ground from under the user's feet there. */
export function checkedOutElsewhere(layout: Layout, branch: RefName, commonIsBare: boolean): Blocked | undefined {
  const own = readLooseRef(layout.gitDirectory, "HEAD");
  if (own.type === "symbolic" && own.target === branch) return undefined;
  const place = checkedOutBranches(layout.commonDirectory, commonIsBare).get(branch);
  if (place === undefined) return undefined;
  return { code: "checked-out-elsewhere", reason: `${branch} is checked out in ${place}; it is not written from here` };
}

function withCommit(branch: RefName, commit: Oid | undefined): HeadState {
  return commit === undefined ? { branch } : { branch, commit };
}
