import type { IncomingHttpHeaders } from "node:http";
import { requestIds } from "../request-ids.js";
import { type Access, type AccessRules, isClosed } from "./access-rules.js";
import { type Admission, UNASKED, UNKNOWN, unauthenticatedError } from "./admission.js";
import type { Callers } from "./callers.js";
import { ConnectionCallers } from "./connection-callers.js";
import { presentedCredential } from "./credential.js";
import { OpenStreams, type WatchedStream } from "./open-streams.js";
import { hasExpired, type Principal } from "./principal.js";

/** Decides who is let in to what, in whichever process: at once for callers that are known. */
export class Gate {
  readonly #rules: () => AccessRules;
  readonly #callers: Callers;
  readonly #connections = new ConnectionCallers();
  readonly #streams = new OpenStreams((access, headers) => this.admit(access, headers));
  #revision = 0;

  constructor(rules: () => AccessRules, callers: Callers) {
    this.#rules = rules;
    this.#callers = callers;
    callers.onForget((ended) => {
      this.#revision += 1;
      this.#connections.forget();
      this.#streams.judge(ended);
    });
  }

  /** Grows with everything that may change who is let in, and who may do what. */
  get revision(): number {
    return this.#revision;
  }

  /** Tells whether who was let in, and when this was the revision, has to be looked at again. */
  isStale(revision: number, principal: Principal | undefined): boolean {
    return revision !== this.#revision || (principal !== undefined && hasExpired(principal));
  }

  get rules(): AccessRules {
    return this.#rules();
  }

  admit(access: Access, headers: IncomingHttpHeaders): Admission | Promise<Admission> {
    return isClosed(this.#rules(), access) ? this.presented(headers) : UNASKED;
  }

  /**
   * As `admit`, for the many requests of one connection.
   * @param connection undefined: it is not known
   */
  admitBy(
    connection: object | undefined,
    access: Access,
    headers: IncomingHttpHeaders,
  ): Admission | Promise<Admission> {
    const { authorization } = headers;
    const rules = this.#rules();
    if (!isClosed(rules, access)) return UNASKED;
    if (connection === undefined || authorization === undefined || !rules.hasMethods) return this.presented(headers);
    const known = this.#connections.get(connection, authorization);
    if (known !== undefined) return known;
    const admission = this.presented(headers);
    if (!(admission instanceof Promise)) this.#connections.keep(connection, authorization, admission);
    return admission;
  }

  /** The caller whose credential a request carries, whether it needs one or not. */
  presented(headers: IncomingHttpHeaders): Admission | Promise<Admission> {
    const credential = this.#rules().hasMethods ? presentedCredential(headers) : undefined;
    return credential === undefined ? UNKNOWN : this.#callers.of(credential, () => requestIds(headers));
  }

  /** The caller, if it is known without asking anybody. */
  known(headers: IncomingHttpHeaders): Principal | undefined {
    const credential = this.#rules().hasMethods ? presentedCredential(headers) : undefined;
    return credential === undefined ? undefined : this.#callers.known(credential)?.principal;
  }

  /**
   * Tells whether a caller may see, on a route that is open to anybody, what is not for anybody. Without required
   * authentication all callers may change everything, and are trusted; with rights none is, as it is not sorted by them.
   */
  isTrusted(headers: IncomingHttpHeaders): boolean | Promise<boolean> {
    const { required, rights } = this.#rules();
    if (!required || rights) return !required;
    const admission = this.presented(headers);
    return admission instanceof Promise
      ? admission.then(
          ({ admitted }) => admitted,
          () => false,
        )
      : admission.admitted;
  }

  /** The caller as somebody whose rights are judged; undefined where nothing is. */
  judged(principal: Principal | undefined): Principal | undefined {
    return this.#rules().rights ? principal : undefined;
  }

  /**
   * Ends a stream within 2 s when its caller is not let in any more.
   * @param isCertain false: what its caller may do can have changed while it was opened
   */
  watch(stream: WatchedStream, isCertain: boolean): void {
    this.#streams.add(stream, isCertain);
  }

  /** Callers may do something else from now on. */
  rightsChanged(): void {
    this.#revision += 1;
  }

  /** Other rules count from now on. */
  rulesChanged(): void {
    this.#revision += 1;
    this.#streams.judge();
  }
}

/**
 * Waits for an admission where it has to be asked for.
 * @throws VexilError VEXIL_REFUSED_UNAUTHENTICATED
 */
export async function admittedPrincipal(
  gate: Gate,
  access: Access,
  headers: IncomingHttpHeaders,
): Promise<Principal | undefined> {
  const { admitted, principal } = await gate.admit(access, headers);
  if (!admitted) throw unauthenticatedError();
  return principal;
}
