import { toVexilError } from "@vexil/plugin-api/errors";
import type { RequestIds } from "../request-ids.js";
import { AttemptLimit } from "./attempt-limit.js";
import { refusedActor } from "./principal.js";
import type { RefusalLog } from "./refusal-log.js";

/** A method, and one of its providers where it has several: what stands in the path of a login. */
export interface LoginPlace {
  readonly method: string;
  readonly provider: string | undefined;
}

/** A request for a login, or for its end. */
export interface LoginAttempt extends LoginPlace {
  readonly client: string;
  readonly signal: AbortSignal;
  readonly ids: RequestIds;
}

export interface LoginAttemptsOptions {
  readonly refusals: RefusalLog;
  /** Counts an attempt. */
  readonly count: (method: string, result: "ok" | "refused" | "error") => void;
}

/** Attempts at logins and their ends: all are counted, refused ones told, and of one client there are not too many. */
export class LoginAttempts {
  readonly #options: LoginAttemptsOptions;
  readonly #limit = new AttemptLimit("failed logins");

  constructor(options: LoginAttemptsOptions) {
    this.#options = options;
  }

  /** Failures of the provider are not its clients'. */
  async run<T>({ method, provider, client, ids }: LoginAttempt, work: () => Promise<T>): Promise<T> {
    const { count, refusals } = this.#options;
    let over: ((counts: boolean) => void) | undefined;
    let isWrong = false;
    try {
      over = this.#limit.begin(client);
      const done = await work();
      if (!isWait(done)) count(method, "ok");
      return done;
    } catch (thrown) {
      const error = toVexilError(thrown);
      const { code, kind, message } = error;
      isWrong = kind === "refused" || kind === "validation";
      count(method, isWrong || over === undefined ? "refused" : "error");
      refusals.tell({ method, code, reason: message, ...refusedActor({ method, provider }, error), client, ids });
      throw thrown;
    } finally {
      over?.(isWrong);
    }
  }
}

/** Nobody is logged in yet, and nobody refused. */
function isWait(done: unknown): done is "pending" | "slow_down" {
  return done === "pending" || done === "slow_down";
}
