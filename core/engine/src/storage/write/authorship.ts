import type { Actor, WriteRequest } from "@vexil/flags/edit/change";
import { identityAddress, identityName, singleLine } from "@vexil/git/objects/identity-text";
import { trailerValue, withTrailers } from "@vexil/git/objects/trailers";
import type { CommitInfo, Identity } from "@vexil/git/repository-view";

const ACTOR_TRAILER = "Vexil-Actor";
const REQUEST_TRAILER = "Vexil-Request";

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
export function attributedMessage(message: string, { actor, correlationId }: WriteRequest): string {
  const request = actor === undefined || correlationId === undefined ? undefined : singleLine(correlationId);
  return withTrailers(message, [
    [ACTOR_TRAILER, actor === undefined ? undefined : singleLine(actor.id)],
    [REQUEST_TRAILER, request],
  ]);
}

/** The caller whom a daemon's commit names. Those that users make say nothing: anybody can write a trailer. */
export function actorOfCommit({ message, instance }: CommitInfo): string | undefined {
  return instance === undefined ? undefined : trailerValue(message, ACTOR_TRAILER);
}

/** Whoever is behind a commit: the caller whom a daemon's commit names, else its author, for whom git alone vouches. */
export function actorBehind(commit: CommitInfo): string {
  const { name, email } = commit.author;
  return actorOfCommit(commit) ?? `git:${identityAddress(email) ?? identityName(name) ?? "unknown"}`;
}
