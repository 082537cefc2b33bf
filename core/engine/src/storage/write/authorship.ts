import type { Actor, WriteRequest } from "@vexil/flags/edit/change";
import { identityAddress, identityName, singleLine } from "@vexil/git/objects/identity-text";
import { trailerValue, withTrailers } from "@vexil/git/objects/trailers";
import type { CommitInfo, Identity } from "@vexil/git/repository-view";
import type { CommitSeals } from "./commit-seals.js";

const ACTOR_TRAILER = "Vexil-Actor";
/** Names the HTTP request that asked for a commit. */
export const REQUEST_TRAILER = "Vexil-Request";
/** Names what the caller did with it and others, where the caller says so. */
export const CORRELATION_TRAILER = "Vexil-Correlation";
/** Names what a commit that puts something back was asked to put it back to. */
export const ROLLBACK_TRAILER = "Vexil-Rollback";

/**
 * Author of a commit: whoever asked for it, or the storage's signature where nobody had to say who it is. Name and
 * address fall back each on its own.
 */
export function authorOf(actor: Actor | undefined, signature: Identity): Identity {
  return {
    name: identityName(actor?.name) ?? signature.name,
    email: identityAddress(actor?.email) ?? signature.email,
  };
}

/** A commit's message with trailers that lead to its caller and request. No template can write them. */
export function attributedMessage(message: string, request: WriteRequest): string {
  const { actor, change, correlationId, requestId = correlationId } = request;
  const named = (id: string | undefined): string | undefined =>
    actor === undefined || id === undefined ? undefined : singleLine(id);
  return withTrailers(message, [
    [ACTOR_TRAILER, actor === undefined ? undefined : singleLine(actor.id)],
    [REQUEST_TRAILER, named(requestId)],
    [CORRELATION_TRAILER, correlationId === requestId ? undefined : named(correlationId)],
    [ROLLBACK_TRAILER, change.type === "rollback" ? singleLine(change.to) : undefined],
  ]);
}

/** The caller whom a daemon's commit names. Others say nothing: whoever can push can write a trailer. */
export async function actorOfCommit(
  { oid, message }: CommitInfo,
  seals: Pick<CommitSeals, "isGenuine">,
): Promise<string | undefined> {
  const actor = trailerValue(message, ACTOR_TRAILER);
  return actor !== undefined && (await seals.isGenuine(oid)) ? actor : undefined;
}

/** Whoever is behind a commit: the caller whom a daemon's commit names, else its author, for whom git alone vouches. */
export async function actorBehind(commit: CommitInfo, seals: Pick<CommitSeals, "isGenuine">): Promise<string> {
  const { name, email } = commit.author;
  return (await actorOfCommit(commit, seals)) ?? `git:${identityAddress(email) ?? identityName(name) ?? "unknown"}`;
}
