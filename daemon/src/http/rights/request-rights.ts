import type { ServedEnvironment } from "@vexil/engine/model/snapshot-reader";
import type { Action, Caller } from "@vexil/plugin-api";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import type { RequestIds } from "../../request-ids.js";
import type { Question } from "./decision.js";
import type { KeptDecisions } from "./kept-decisions.js";
import type { Refusals } from "./refusals.js";

/** Decisions in a row before other requests get their turn. */
const IN_A_ROW = 500;

/** Rights of whoever sent a request. */
export class RequestRights {
  readonly #caller: Caller | undefined;
  readonly #decisions: KeptDecisions;
  readonly #refusals: Refusals;
  readonly #ids: RequestIds | undefined;
  #asked = 0;

  /**
   * @param caller undefined: nothing is judged
   * @param ids of the request, for the log
   */
  constructor(caller: Caller | undefined, decisions: KeptDecisions, refusals: Refusals, ids?: RequestIds) {
    this.#ids = ids;
    this.#caller = caller;
    this.#decisions = decisions;
    this.#refusals = refusals;
  }

  /** Tells whether something is allowed; without environment or namespace in all of them. */
  async may(action: Action, environment?: string, namespace?: string, change?: Question["change"]): Promise<boolean> {
    if (this.#caller === undefined) return true;
    this.#asked += 1;
    if (this.#asked % IN_A_ROW === 0) await nextTurn();
    return this.#decisions.may(this.#caller, action, environment, namespace, change);
  }

  /** @throws VexilError VEXIL_REFUSED_PERMISSION */
  async require(action: Action, environment?: string, namespace?: string, change?: Question["change"]): Promise<void> {
    if (await this.may(action, environment, namespace, change)) return;
    this.refuse(action, environment, namespace);
  }

  /**
   * Tells whether a branch of this key may be made of an environment. Others may have rights by its name.
   * @throws VexilError VEXIL_REFUSED_PERMISSION
   */
  async requireBranch(environment: string, branch: string): Promise<void> {
    if (this.#caller === undefined) return;
    const question = { action: "branch", change: "create", environment, branch } as const;
    if (await this.#decisions.mayOnce(this.#caller, question)) return;
    this.refuse("branch", branch);
  }

  /** @throws VexilError VEXIL_REFUSED_PERMISSION */
  refuse(action: Action, environment?: string, namespace?: string): never {
    throw this.#refusals.refuse(this.#caller as Caller, { action, environment, namespace }, this.#ids);
  }

  /** Tells whether there is something in an environment that may be read, and thus the environment seen. */
  async sees({ info, snapshot }: ServedEnvironment): Promise<boolean> {
    if (await this.may("read", info.key)) return true;
    for (const namespace of new Set(["default", ...(snapshot?.namespaces.keys() ?? [])])) {
      if (await this.may("read", info.key, namespace)) return true;
    }
    return false;
  }

  /** Those of a list that may be seen. */
  async visible<E extends ServedEnvironment>(environments: readonly E[]): Promise<readonly E[]> {
    if (this.#caller === undefined) return environments;
    const seen: E[] = [];
    for (const environment of environments) if (await this.sees(environment)) seen.push(environment);
    return seen;
  }
}
