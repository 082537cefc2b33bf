import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Caller, Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { actorOf } from "../../access/principal.js";
import type { Question } from "./decision.js";

/** Somebody who tries what is not allowed over and over does not fill the log. */
const LINE_MS = 60_000;
const LINES = 1000;

/** The refusal of a call, the same whether what it names is hidden or does not exist. */
export function permissionError(): VexilError {
  return new VexilError("VEXIL_REFUSED_PERMISSION", "permission denied");
}

/** Log lines about refused calls: of each caller, action and environment at most one a minute. */
export class Refusals {
  readonly #logger: Logger;
  readonly #last = new Map<string, { readonly at: number; repeated: number }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns the error to answer with */
  refuse(caller: Caller, { action, environment, namespace }: Question): VexilError {
    const actor = actorOf(caller);
    const key = JSON.stringify([actor, action, environment]);
    const last = this.#last.get(key);
    if (last !== undefined && performance.now() - last.at < LINE_MS) last.repeated += 1;
    else {
      if (this.#last.size >= LINES) this.#last.clear();
      this.#last.set(key, { at: performance.now(), repeated: 0 });
      logEvent(this.#logger, "access.refused", {
        actor: actor.slice(0, 200),
        action,
        ...(environment === undefined ? {} : { environment: environment.slice(0, 200) }),
        ...(namespace === undefined ? {} : { namespace: namespace.slice(0, 200) }),
        ...(last === undefined || last.repeated === 0 ? {} : { repeated: last.repeated }),
      });
    }
    return permissionError();
  }
}
