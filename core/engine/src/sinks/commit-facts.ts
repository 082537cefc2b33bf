import { trailerValue } from "@vexil/git/objects/trailers";
import type { CommitInfo } from "@vexil/git/repository-view";
import type { CommitEvent } from "@vexil/plugin-api";
import { actorBehind, CORRELATION_TRAILER, REQUEST_TRAILER, ROLLBACK_TRAILER } from "../storage/write/authorship.js";
import type { CommitSeals } from "../storage/write/commit-seals.js";

/** Members that tell of a commit and who is behind it. */
export type CommitFacts = Pick<
  CommitEvent,
  "time" | "revision" | "origin" | "actor" | "author" | "subject" | "request" | "correlation"
>;

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
  const isOwn = await isOfDaemon(commit, seals, needsProof);
  const request = isOwn ? trailerValue(message, REQUEST_TRAILER) : undefined;
  const correlation = isOwn ? (trailerValue(message, CORRELATION_TRAILER) ?? request) : undefined;
  return {
    time: new Date(committer.timestampMs).toISOString(),
    revision: oid,
    origin: isRewritten ? "rewritten" : isOwn ? originOf(message) : "push",
    actor: await actorBehind(commit, seals),
    author: { name: author.name, email: author.email },
    subject: (message.split("\n", 1)[0] ?? "").slice(0, SUBJECT_LENGTH),
    ...(request !== undefined && { request }),
    ...(correlation !== undefined && { correlation }),
  };
}

/** Tells whether a daemon has made a commit. */
async function isOfDaemon(
  { oid, instance }: CommitInfo,
  seals: Pick<CommitSeals, "isGenuine">,
  needsProof: boolean,
): Promise<boolean> {
  // Where anybody may write by the API, pretending to have done so is worth nothing.
  return needsProof ? await seals.isGenuine(oid) : instance !== undefined;
}

function originOf(message: string): "api" | "rollback" {
  return trailerValue(message, ROLLBACK_TRAILER) === undefined ? "api" : "rollback";
}
