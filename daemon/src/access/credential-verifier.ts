import type { AuthenticationMethod, Identity, PresentedCredential } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { RequestIds } from "../request-ids.js";
import type { Methods } from "./methods.js";
import { type Principal, refusedActor } from "./principal.js";
import type { Refusal, RefusalLog } from "./refusal-log.js";
import type { Sessions } from "./sessions/sessions.js";

const REFUSED = "VEXIL_REFUSED_UNAUTHENTICATED";

/** All methods together have this long for one credential. */
const VERIFY_MS = 10_000;

/** Answer of a method about a credential: neither where it is not one of its own. */
interface Answer {
  readonly identity?: Identity | undefined;
  readonly refusal?: Refusal;
}

/** Counts an attempt to log in, or to be let in, by its method and result. */
export type CountAttempt = (method: string, result: "ok" | "refused" | "error") => void;

export interface VerifierParts {
  readonly methods: Pick<Methods, "all">;
  readonly sessions: Pick<Sessions, "principal">;
  readonly refusals: Pick<RefusalLog, "tell">;
  readonly count: CountAttempt;
}

/** Finds out whose a credential is: of the methods' users, or a session's. */
export class CredentialVerifier {
  readonly #parts: VerifierParts;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
  }

  /**
   * Asks all methods that take credentials of the scheme; the first of the configuration that knows it counts.
   * @param ids of the request that brought it
   * @returns undefined if nobody knows it, which the log tells with the reasons
   */
  async verify(credential: PresentedCredential, ids?: RequestIds): Promise<Principal | undefined> {
    const { methods, sessions, refusals, count } = this.#parts;
    const signal = AbortSignal.timeout(VERIFY_MS);
    const asked = methods
      .all()
      .filter(([, { verify, schemes }]) => verify !== undefined && schemes?.includes(credential.scheme) === true)
      .map(([name, method]) => [name, this.#ask(name, method, credential, signal)] as const);
    const refused: Refusal[] = [];
    for (const [method, answer] of asked) {
      const { identity, refusal } = await answer;
      if (refusal !== undefined) refused.push(refusal);
      if (identity === undefined) continue;
      count(method, "ok");
      return {
        id: credential.scheme === "Bearer" ? identity.subject : "",
        method,
        scheme: credential.scheme,
        identity,
      };
    }
    const only = asked.length === 1 ? (asked[0]?.[0] ?? "") : "";
    let ended: Refusal | undefined;
    const session =
      credential.scheme === "Bearer"
        ? await sessions.principal(credential.value, (refusal) => {
            ended = refusal;
          })
        : undefined;
    if (session !== undefined) {
      count(session.method, "ok");
      return session;
    }
    count(only, "refused");
    if (refused.length === 0)
      refused.push(ended ?? { method: only, code: REFUSED, reason: "no method knows the token" });
    for (const refusal of refused) refusals.tell({ ...refusal, ids });
    return undefined;
  }

  async #ask(
    name: string,
    method: AuthenticationMethod,
    credential: PresentedCredential,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      return { identity: await method.verify?.(credential, signal) };
    } catch (thrown) {
      const error = toVexilError(thrown);
      const { code, message } = error;
      if (code !== REFUSED) this.#parts.count(name, "error");
      return { refusal: { method: name, code, reason: message, ...refusedActor({ method: name }, error) } };
    }
  }
}
