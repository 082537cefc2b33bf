import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { AccessRequest, Authorization, Caller } from "@vexil/plugin-api";
import { type Observable, Subject } from "rxjs";
import { type Decide, type Decision, type DecisionsChange, NO, type Question } from "./decision.js";
import { Turns } from "./turns.js";

/** An engine that failed is not asked for the same again at once. */
const FAILED_MS = 1000;
/** Questions that an engine is asked at once, those of all processes. */
const MOST_ASKED = 128;
/** Changes while a decision is made after which it is a no. */
const TRIES = 5;

/** Decides in the process that owns the engine of rights, for all processes. */
export class Decider {
  readonly #engine: () => Authorization | undefined;
  readonly #snapshots: Pick<SnapshotReader, "get">;
  readonly #turns = new Turns(MOST_ASKED);
  readonly #changes = new Subject<DecisionsChange>();
  #epoch = 0;

  /** Hot; emits when decisions may be others from now on; never errors. */
  readonly changes$: Observable<DecisionsChange> = this.#changes.asObservable();

  /** @param engine the one in force; undefined: there are no rights, and nothing is to be judged */
  constructor(engine: () => Authorization | undefined, snapshots: Pick<SnapshotReader, "get">) {
    this.#engine = engine;
    this.#snapshots = snapshots;
  }

  /** Milliseconds that the engine's decisions hold; undefined: until they change. */
  get keepMs(): number | undefined {
    return this.#engine()?.keepMs;
  }

  /** Tells that what has been decided may be decided in another way now. */
  changed(): void {
    this.#epoch += 1;
    this.#changes.next("rights");
  }

  /** Tells that environments came or went: decisions about others that are being made still hold. */
  environmentsChanged(): void {
    this.#changes.next("environments");
  }

  async decide(caller: Caller, question: Question): Promise<Decision> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { epoch, base, decision } = await this.#turns.run(async () => {
        const [before, of] = [this.#epoch, this.#baseOf(question)];
        return { epoch: before, base: of, decision: await this.#decideNow(caller, { ...question, base: of }) };
      });
      // What it was made from may be no more.
      if (epoch === this.#epoch && base === this.#baseOf(question)) return decision;
    }
    return NO;
  }

  #baseOf({ environment }: Question): string | undefined {
    return environment === undefined ? undefined : this.#snapshots.get(environment)?.info.base;
  }

  async #decideNow(caller: Caller, request: AccessRequest): Promise<Decision> {
    const engine = this.#engine();
    if (engine === undefined) return NO;
    try {
      // The guard before the plugin has the deadline, and reports what goes wrong.
      const allowed = await engine.decide(caller, request, new AbortController().signal);
      return { allowed, keepMs: engine.keepMs };
    } catch {
      return { allowed: false, keepMs: FAILED_MS };
    }
  }
}

/** Asks a decider; without one nothing is allowed. */
export function decideBy(decider: Decider | undefined): Decide {
  return async (caller, question) => (await decider?.decide(caller, question)) ?? NO;
}
