import { trailerValue } from "@vexil/git/objects/trailers";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { CommitEvent } from "@vexil/plugin-api";
import { actorBehind, ROLLBACK_TRAILER } from "../storage/write/authorship.js";
import type { CommitSeals } from "../storage/write/commit-seals.js";

/** Members that tell of a commit and who is behind it. */
export type CommitFacts = Pick<CommitEvent, "time" | "revision" | "origin" | "actor" | "author" | "subject">;

const SUBJECT_LENGTH = 1_000;

/**
 * Facts of a commit, for the events that it makes. What its trailers and headers say counts where it is proven.
 * @param needsProof callers of daemons have to say who they are, so that daemons' commits are sealed
 */
export async function commitFacts(
  commit: CommitInfo,
  isRewritten: boolean,
  seals: Pick<CommitSeals, "isGenuine">,
  needsProof: boolean,
): Promise<CommitFacts> {
  const { oid, author, committer, message } = commit;
  return {
    time: new Date(committer.timestampMs).toISOString(),
    revision: oid,
    origin: isRewritten ? "rewritten" : await originOf(commit, seals, needsProof),
    actor: await actorBehind(commit, seals),
    author: { name: author.name, email: author.email },
    subject: (message.split("\n", 1)[0] ?? "").slice(0, SUBJECT_LENGTH),
  };
}

async function originOf(
  { oid, message, instance }: CommitInfo,
  seals: Pick<CommitSeals, "isGenuine">,
  needsProof: boolean,
): Promise<"push" | "api" | "rollback"> {
  // Where anybody may write by the API, pretending to have done so is worth nothing.
  const isOwn = needsProof ? await seals.isGenuine(oid) : instance !== undefined;
  if (!isOwn) return "push";
  return trailerValue(message, ROLLBACK_TRAILER) === undefined ? "api" : "rollback";
}
