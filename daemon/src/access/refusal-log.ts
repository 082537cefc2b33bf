import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { idFields, type RequestIds } from "../request-ids.js";

/** Refusals alike within this time have one line when the first comes, and one that counts the others at the end. */
const WINDOW_MS = 60_000;
/**
 * Refusals that are told apart in one such time, those of callers who are known and the others each by themselves; those
 * beyond are counted together.
 */
const KINDS = 60;
/** Of them those for one reason: whoever has many addresses leaves room for other reasons. */
const KINDS_OF_REASON = 20;
/** Texts in a line are cut here: whose they are is not known. */
const LONGEST_TEXT = 300;

/** A credential or a login that was refused, and why. */
export interface Refusal {
  readonly method: string;
  readonly code: string;
  readonly reason: string;
  readonly actor?: string | undefined;
  readonly client?: string | undefined;
  /** Of the request that was the first to be refused so. */
  readonly ids?: RequestIds | undefined;
}

interface Told {
  readonly refusal: Refusal;
  repeated: number;
}

/** Tells of refusals in the log: whoever tries thousands does not fill it, and all of them are counted. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #windowMs: number;
  readonly #told = new Map<string, Told>();
  /** How many are told apart, by whether their callers are known, and by reason. */
  readonly #places = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger, windowMs = WINDOW_MS) {
    this.#logger = logger;
    this.#windowMs = windowMs;
  }

  tell(refusal: Refusal): void {
    const { method, code, reason, actor, client } = refusal;
    const kind = JSON.stringify([method, code, reason, actor, client]);
    const told = this.#told.get(kind);
    if (told !== undefined) told.repeated += 1;
    else if (!this.#takePlace(refusal)) this.#count({ method: "", code, reason: "others were refused, too" });
    else {
      this.#told.set(kind, { refusal, repeated: 0 });
      this.#log(refusal);
      this.#timer ??= setTimeout(() => this.flush(), this.#windowMs).unref();
    }
  }

  /** Tells how many were not told; whoever comes after that is told at once again. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { refusal, repeated } of this.#told.values()) if (repeated > 0) this.#log(refusal, repeated);
    this.#told.clear();
    this.#places.clear();
  }

  /** @returns false if there are so many already that it is not told apart */
  #takePlace({ method, code, reason, actor }: Refusal): boolean {
    const names = [
      actor === undefined ? "others" : "callers",
      JSON.stringify([actor !== undefined, method, code, reason]),
    ];
    const [all = 0, alike = 0] = names.map((name) => this.#places.get(name) ?? 0);
    if (all >= KINDS || alike >= KINDS_OF_REASON) return false;
    for (const name of names) this.#places.set(name, (this.#places.get(name) ?? 0) + 1);
    return true;
  }

  #count(others: Refusal): void {
    const told = this.#told.get("") ?? { refusal: others, repeated: 0 };
    this.#told.set("", told);
    told.repeated += 1;
  }

  #log({ reason, ids, ...refusal }: Refusal, repeated?: number): void {
    logEvent(this.#logger, "auth.refused", {
      ...refusal,
      reason: reason.slice(0, LONGEST_TEXT),
      ...(repeated === undefined ? idFields(ids) : { repeated }),
    });
  }
}
