import type { RefName } from "@vexil/plugin-api";

const HEADS = "refs/heads/";
const TRACKING = "refs/remotes/origin/";
const BRANCHES = "flipt/";

export const headRef = (branch: string): RefName => `${HEADS}${branch}`;
export const trackingRef = (branch: string): RefName => `${TRACKING}${branch}`;
export const GOOD_PREFIX = "refs/vexil/good/";
/** The last commit of a branch without any faulty file. */
export const goodRef = (branch: string): RefName => `${GOOD_PREFIX}${branch}`;
/** A commit whose message holds the key of the marks by which daemons of a shared backend know each other's commits. */
export const sharedKeyRef: RefName = "refs/vexil/key";
/** Commits that tell which sessions were ended, for each key of sessions one. */
export const SESSIONS_PREFIX = "refs/vexil/sessions/";
/** Where each sink stands in each environment: all before these commits was told. */
export const SINKS_PREFIX = "refs/vexil/sinks/";
export const keptRef = (commit: string): RefName => `refs/vexil/kept/${commit}`;

/** Tells whether a ref is Vexil's own, and has nothing of what the remote has. */
export function isOwnRef(ref: RefName): boolean {
  return ref === sharedKeyRef || ref.startsWith(SESSIONS_PREFIX);
}

/** Prefixes of a remote's refs that matter to a storage. */
export function wantedPrefixes(branch: string): readonly RefName[] {
  return [headRef(branch), `${HEADS}${BRANCHES}`];
}

/** The short branch name of a head, if it is the storage's branch or one of `flipt/<environment>/<key>`. */
export function wantedBranch(ref: RefName, branch: string): string | undefined {
  if (!ref.startsWith(HEADS)) return undefined;
  const name = ref.slice(HEADS.length);
  return name === branch || branchEnvironment(name) !== undefined ? name : undefined;
}

/** The short branch name of a remote-tracking ref. */
export function trackedBranch(ref: RefName): string | undefined {
  return ref.startsWith(TRACKING) ? ref.slice(TRACKING.length) : undefined;
}

/** `flipt/<base>/<key>` → its parts. */
export function branchEnvironment(branch: string): { readonly base: string; readonly key: string } | undefined {
  const parts = branch.split("/");
  const [prefix, base, key] = parts;
  if (parts.length !== 3 || prefix !== "flipt" || !base || !key) return undefined;
  return { base, key };
}

export function environmentBranch(base: string, key: string): string {
  return `${BRANCHES}${base}/${key}`;
}
