import type { Action, Caller } from "@vexil/plugin-api";
import type { Decide } from "./decision.js";

/** Decisions kept for one caller. Those beyond are made of names that a client invents. */
const KEPT = 10_000;

type Key = string | undefined;
type Kept = boolean | Promise<boolean> | { readonly allowed: boolean; readonly until: number };

class CallerDecisions {
  readonly #kept = new Map<Action, Map<Key, Map<Key, Kept>>>();
  #size = 0;

  get(action: Action, environment: Key, namespace: Key): Kept | undefined {
    return this.#kept.get(action)?.get(environment)?.get(namespace);
  }

  set(action: Action, environment: Key, namespace: Key, kept: Kept): void {
    if (this.#size >= KEPT) {
      this.#kept.clear();
      this.#size = 0;
    }
    const byEnvironment = this.#kept.get(action) ?? new Map<Key, Map<Key, Kept>>();
    this.#kept.set(action, byEnvironment);
    const byNamespace = byEnvironment.get(environment) ?? new Map<Key, Kept>();
    byEnvironment.set(environment, byNamespace);
    if (!byNamespace.has(namespace)) this.#size += 1;
    byNamespace.set(namespace, kept);
  }

  delete(action: Action, environment: Key, namespace: Key): void {
    if (this.#kept.get(action)?.get(environment)?.delete(namespace) === true) this.#size -= 1;
  }
}

/**
 * Decisions about callers, kept by each process that answers requests: what has been asked before is answered at once,
 * without another object being made.
 */
export class KeptDecisions {
  readonly #decide: Decide;
  #callers = new WeakMap<Caller, CallerDecisions>();
  #isForATime = false;

  constructor(decide: Decide) {
    this.#decide = decide;
  }

  /**
   * Tells whether a caller may do something.
   * @param environment undefined: in all of them
   * @param namespace undefined: in all of them
   */
  may(caller: Caller, action: Action, environment: Key, namespace: Key): boolean | Promise<boolean> {
    const kept = this.#callers.get(caller)?.get(action, environment, namespace);
    if (typeof kept === "boolean") return kept;
    if (kept === undefined) return this.#ask(caller, action, environment, namespace);
    if (kept instanceof Promise) return kept;
    return performance.now() < kept.until ? kept.allowed : this.#ask(caller, action, environment, namespace);
  }

  /** True if there are decisions that hold for a time only. */
  get isForATime(): boolean {
    return this.#isForATime;
  }

  /** Decisions made so far count no more, those under way included. */
  forget(): void {
    this.#callers = new WeakMap();
    this.#isForATime = false;
  }

  #ask(caller: Caller, action: Action, environment: Key, namespace: Key): Promise<boolean> {
    const decisions = this.#callers.get(caller) ?? new CallerDecisions();
    this.#callers.set(caller, decisions);
    const asked = this.#decide(caller, { action, environment, namespace }).then(({ allowed, keepMs }) => {
      if (decisions.get(action, environment, namespace) !== asked) return allowed;
      if (keepMs === undefined) decisions.set(action, environment, namespace, allowed);
      else if (keepMs > 0) {
        this.#isForATime = true;
        decisions.set(action, environment, namespace, { allowed, until: performance.now() + keepMs });
      } else decisions.delete(action, environment, namespace);
      return allowed;
    });
    decisions.set(action, environment, namespace, asked);
    return asked;
  }
}
