import type { Actor } from "@vexil/flags/edit/change";
import { singleLine } from "@vexil/git/objects/identity-text";
import type { Caller, EndedSessions, Identity, PresentedCredential } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";

/** Subjects have no length that all agree on; OIDC's end at 255. */
const ACTOR_CHARACTERS = 512;

/** An authenticated caller, as every process of the daemon knows it. */
export interface Principal extends Caller {
  /** As `/auth/v1/self` shows it: a token's name, a session's id, `""` where there is neither. */
  readonly id: string;
  readonly scheme: PresentedCredential["scheme"];
  /** Milliseconds since 1970 at which its session began; undefined: it has none. */
  readonly createdAt?: number | undefined;
  /** Names by which the provider's logout ends its session. */
  readonly login?: EndedSessions | undefined;
}

/** Tells whether a caller's time has run out. */
export function hasExpired({ identity: { expiresAt } }: Caller): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

/** Whatever tells one caller from all others. */
export interface NamedCaller {
  readonly method: string;
  /** Where the method has several: each has users of its own. */
  readonly provider?: string | undefined;
  readonly identity: Pick<Identity, "subject">;
}

/** Name of a caller in logs and commits, on one line: method, provider and subject. */
export function actorOf({ method, provider, identity }: NamedCaller): string {
  // No provider's name runs into the subject.
  const place = provider === undefined ? method : `${method}:${encodeURIComponent(provider)}`;
  return singleLine(`${place}:${identity.subject}`.slice(0, ACTOR_CHARACTERS));
}

/** A caller as the one who asks for a change; undefined where nobody had to say who it is. */
export function changingActor(caller: Principal | undefined): Actor | undefined {
  return caller && { id: actorOf(caller), name: caller.identity.name, email: caller.identity.email };
}

/** The caller whom a refusal is about, where the method has found out who it is (`details.subject`). */
export function refusedActor(
  place: Pick<NamedCaller, "method" | "provider">,
  { details: { subject } }: VexilError,
): { readonly actor?: string } {
  return typeof subject === "string" ? { actor: actorOf({ ...place, identity: { subject } }) } : {};
}
