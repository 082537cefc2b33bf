import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Caller, Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { actorOf } from "../../access/principal.js";
import { idFields, type RequestIds } from "../../request-ids.js";
import type { Question } from "./decision.js";
import { ToldRefusals } from "./told-refusals.js";

/** Callers whose lines are counted; those refused first are forgotten first. */
const CALLERS = 1000;
/** Names in a line are cut here: clients invent them. */
const LONGEST_NAME = 200;

/** The refusal of a call, the same whether what it names is hidden or does not exist. */
export function permissionError(): VexilError {
  return new VexilError("VEXIL_REFUSED_PERMISSION", "permission denied");
}

/** Log lines about refused calls: of each caller, action and environment one a minute, and of each caller ten. */
export class Refusals {
  readonly #logger: Logger;
  readonly #told = new Map<string, ToldRefusals>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns the error to answer with */
  refuse(caller: Caller, question: Question, ids?: RequestIds): VexilError {
    const { action } = question;
    const [actor = "", environment, namespace] = [actorOf(caller), question.environment, question.namespace].map(cut);
    const repeated = this.#toldOf(actor).take(`${action} ${environment ?? ""}`, performance.now());
    if (repeated !== undefined) {
      logEvent(this.#logger, "access.refused", {
        actor,
        action,
        ...(environment === undefined ? {} : { environment }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(repeated === 0 ? {} : { repeated }),
        ...idFields(ids),
      });
    }
    return permissionError();
  }

  #toldOf(actor: string): ToldRefusals {
    const known = this.#told.get(actor);
    if (known !== undefined) return known;
    const told = new ToldRefusals();
    this.#told.set(actor, told);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= CALLERS) break;
      this.#told.delete(oldest);
    }
    return told;
  }
}

function cut(name: string | undefined): string | undefined {
  return name?.slice(0, LONGEST_NAME);
}
