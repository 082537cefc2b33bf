import type { Action, Caller } from "@vexil/plugin-api";
import { CallerDecisions, kindOf } from "./caller-decisions.js";
import { type Decide, type Decision, NO, type Question } from "./decision.js";
import { FollowUps } from "./follow-ups.js";
import { Turns } from "./turns.js";

/** Size of all that is kept, roughly. What is beyond is made of names that clients invent. */
const MOST_BYTES = 32 * 2 ** 20;
/** Part of it that is left when the callers with the most have lost theirs. */
const LEFT = 3 / 4;
/** No environment or namespace has a longer name. */
const LONGEST_NAME = 255;
/** Questions about one caller that are under way at once: its others wait, and nobody else's. */
const MOST_ASKED = 16;
/** Questions about one caller that wait. Those beyond are a no. */
const MOST_WAITING = 10_000;

type Key = string | undefined;

/**
 * Decisions about callers, kept by each process that answers requests: what has been asked before is answered at once,
 * without another object being made.
 */
export class KeptDecisions {
  readonly #decide: Decide;
  readonly #mostBytes: number;
  #callers = new WeakMap<Caller, CallerDecisions>();
  /** Those of callers that are nobody's any more, too, until they have the most. */
  readonly #all = new Set<CallerDecisions>();
  readonly #turns = new WeakMap<Caller, Turns>();
  readonly #followUps = new WeakMap<Caller, FollowUps<Decision>>();
  #state = 0;
  #bytes = 0;
  #isForATime = false;

  constructor(decide: Decide, mostBytes: number = MOST_BYTES) {
    this.#decide = decide;
    this.#mostBytes = mostBytes;
  }

  /**
   * Tells whether a caller may do something. A name that is too long for anything there is is asked for as all of them:
   * it is not kept, and who may not do it anywhere does not learn that there is none.
   * @param environment undefined: in all of them
   * @param namespace undefined: in all of them
   * @param change kind of change that is to be made, where one is
   */
  may(
    caller: Caller,
    action: Action,
    environment: Key,
    namespace: Key,
    change?: Question["change"],
  ): boolean | Promise<boolean> {
    const inEnvironment = possible(environment);
    const inNamespace = possible(namespace);
    const kept = this.#callers.get(caller)?.get(kindOf(action, change), inEnvironment, inNamespace);
    if (typeof kept === "boolean") return kept;
    if (kept instanceof Promise) return kept;
    if (kept !== undefined && performance.now() < kept.until) return kept.allowed;
    return this.#ask(caller, { action, environment: inEnvironment, namespace: inNamespace, change });
  }

  /** Tells whether a caller may do something that is rarely asked for: it is not kept. */
  async mayOnce(caller: Caller, question: Question): Promise<boolean> {
    return (await this.#inTurn(caller, question)).allowed;
  }

  /** Number of times that all was forgotten. */
  get state(): number {
    return this.#state;
  }

  /** True if there are decisions that hold for a time only. */
  get isForATime(): boolean {
    return this.#isForATime;
  }

  /** Decisions made so far count no more, those under way included: they are made once more when asked for. */
  forget(): void {
    this.#state += 1;
    this.#drop();
    this.#isForATime = false;
  }

  #ask(caller: Caller, question: Question): Promise<boolean> {
    if (this.#bytes >= this.#mostBytes) this.#dropLargest();
    const decisions = this.#decisionsOf(caller);
    const { action, environment, namespace, change } = question;
    const place = [kindOf(action, change), environment, namespace] as const;
    const asked = this.#asked(caller, question, place).then(({ allowed, keepMs }) => {
      if (decisions.get(...place) !== asked) return allowed;
      if (keepMs === undefined) decisions.set(...place, allowed);
      else if (keepMs > 0) {
        this.#isForATime = true;
        decisions.set(...place, { allowed, until: performance.now() + keepMs });
      } else this.#counted(caller, decisions, () => decisions.delete(...place));
      return allowed;
    });
    this.#counted(caller, decisions, () => decisions.set(...place, asked));
    return asked;
  }

  #decisionsOf(caller: Caller): CallerDecisions {
    const known = this.#callers.get(caller);
    if (known !== undefined) return known;
    const decisions = new CallerDecisions();
    this.#callers.set(caller, decisions);
    this.#all.add(decisions);
    return decisions;
  }

  /** Changes without end do not have an engine asked the same without end. */
  #asked(caller: Caller, question: Question, place: readonly Key[]): Promise<Decision> {
    const followUps = this.#followUps.get(caller) ?? new FollowUps<Decision>();
    this.#followUps.set(caller, followUps);
    return followUps.ask(
      JSON.stringify(place),
      () => this.#state,
      () => this.#inTurn(caller, question),
    );
  }

  #inTurn(caller: Caller, question: Question): Promise<Decision> {
    const turns = this.#turns.get(caller) ?? new Turns(MOST_ASKED);
    this.#turns.set(caller, turns);
    if (turns.waiting >= MOST_WAITING) return Promise.resolve(NO);
    return turns.run(() => this.#decide(caller, question));
  }

  /** Counts how a change of what is kept changes its size. */
  #counted(caller: Caller, decisions: CallerDecisions, change: () => void): void {
    const before = decisions.bytes;
    change();
    if (this.#callers.get(caller) === decisions) this.#bytes += decisions.bytes - before;
  }

  /** Whoever invents names loses what is kept, and nobody else. */
  #dropLargest(): void {
    for (const decisions of [...this.#all].sort((one, other) => other.bytes - one.bytes)) {
      if (this.#bytes <= this.#mostBytes * LEFT) return;
      this.#bytes -= decisions.bytes;
      decisions.clear();
    }
  }

  #drop(): void {
    this.#callers = new WeakMap();
    this.#all.clear();
    this.#bytes = 0;
  }
}

function possible(name: Key): Key {
  return name !== undefined && name.length > LONGEST_NAME ? undefined : name;
}
