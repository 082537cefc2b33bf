import type { AuthenticationConfig } from "@vexil/config/config";
import type { AuthenticationMethod, Identity, Logger, PresentedCredential } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { series, type Tally } from "../http/reads/tally.js";
import { Callers } from "./callers.js";
import { type CreateMethod, Methods, type PreparedMethods } from "./methods.js";
import type { Principal } from "./principal.js";
import { RefusalLog } from "./refusal-log.js";

/** All methods together have this long for one credential. */
const VERIFY_MS = 10_000;

/** Authentication in the process that owns the plugins: asks the methods whose a credential is. */
export class Authentication {
  readonly methods: Methods;
  /** Callers that are known, for whoever lets requests in. */
  readonly callers: Callers;
  readonly refusals: RefusalLog;
  readonly #tally: Tally;

  constructor(logger: Logger, tally: Tally) {
    this.#tally = tally;
    this.refusals = new RefusalLog(logger);
    this.callers = new Callers((credential) => this.verify(credential));
    this.methods = new Methods(() => this.callers.forget());
  }

  /** Makes the methods of a configuration; they count once they are taken. */
  prepare(config: AuthenticationConfig, create: CreateMethod): Promise<PreparedMethods> {
    return this.methods.prepare(config, create);
  }

  /** Asks all methods that take credentials of the scheme; the first of the configuration that knows it counts. */
  async verify(credential: PresentedCredential): Promise<Principal | undefined> {
    const signal = AbortSignal.timeout(VERIFY_MS);
    const asked = this.methods
      .all()
      .filter(([, { verify, schemes }]) => verify !== undefined && schemes?.includes(credential.scheme) === true)
      .map(([name, method]) => [name, this.#ask(name, method, credential, signal)] as const);
    for (const [method, answer] of asked) {
      const identity = await answer;
      if (identity === undefined) continue;
      this.count(method, "ok");
      return { id: credential.scheme === "JWT" ? "" : identity.subject, method, scheme: credential.scheme, identity };
    }
    this.count(asked.length === 1 ? (asked[0]?.[0] ?? "") : "", "refused");
    return undefined;
  }

  /** Counts an attempt by its method and result. */
  count(method: string, result: "ok" | "refused" | "error"): void {
    this.#tally.count(series("auth", method, result));
  }

  close(): Promise<void> {
    return this.methods.close();
  }

  async #ask(
    name: string,
    method: AuthenticationMethod,
    credential: PresentedCredential,
    signal: AbortSignal,
  ): Promise<Identity | undefined> {
    try {
      return await method.verify?.(credential, signal);
    } catch (thrown) {
      const { code, message } = toVexilError(thrown);
      if (code !== "VEXIL_REFUSED_UNAUTHENTICATED") this.count(name, "error");
      this.refusals.tell({ method: name, code, reason: message });
      return undefined;
    }
  }
}
