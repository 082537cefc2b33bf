import {
  type AccessRequest,
  type Authorization,
  type AuthorizationContext,
  type Caller,
  currentValue,
  type Secret,
  signalWithin,
  VexilError,
} from "@vexil/plugin-api";
import { ask, type OpaAnswer } from "./ask.js";
import { opaInput } from "./input.js";

export interface OpaOptions {
  readonly url: string;
  readonly decision: string;
  readonly token: Secret | undefined;
  readonly timeoutMs: number;
  readonly keepMs: number;
}

/** Rights by the policies of an OPA server. Without an answer nothing is allowed. */
export class OpaRights implements Authorization {
  readonly keepMs: number;
  readonly #options: OpaOptions;
  readonly #context: Pick<AuthorizationContext, "logger" | "invalidate" | "signal">;
  readonly #url: URL;
  #revision: string | undefined;

  constructor(options: OpaOptions, context: Pick<AuthorizationContext, "logger" | "invalidate" | "signal">) {
    this.keepMs = options.keepMs;
    this.#options = options;
    this.#context = context;
    this.#url = new URL(`${options.url.replace(/\/+$/, "")}/v1/data/${options.decision}?provenance=true`);
  }

  async decide(caller: Caller, request: AccessRequest, signal: AbortSignal): Promise<boolean> {
    const { token, timeoutMs } = this.#options;
    const { logger } = this.#context;
    const late = signalWithin(timeoutMs, signal);
    const bearer = token === undefined ? undefined : await currentValue(token, { refresh: false, logger });
    const answer = await ask(this.#url, bearer, opaInput(caller, request), late);
    this.#notice(answer);
    // A rule that is not defined for the input has no result.
    if (answer.result === undefined || typeof answer.result === "boolean") return answer.result === true;
    throw new VexilError(
      "VEXIL_UNAVAILABLE_PROVIDER",
      `the OPA server answered ${this.#options.decision} with what is neither true nor false; nothing is allowed meanwhile`,
    );
  }

  async close(): Promise<void> {}

  /** Decisions of another revision than the newest do not count any more. */
  #notice({ revision }: OpaAnswer): void {
    if (revision === this.#revision) return;
    const isFirst = this.#revision === undefined;
    this.#revision = revision;
    if (!isFirst) this.#context.invalidate();
  }
}
