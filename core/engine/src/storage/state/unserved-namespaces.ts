import type { LookProgress } from "@vexil/flags/compile/searched-past";
import type { LookTime } from "./look-time.js";

/** A namespace of an environment that is not served, since no good state of it is known. */
export interface UnservedNamespace {
  readonly environment: string;
  readonly namespace: string;
  /** Its past is being looked through for the first time, and a start waits for that. */
  readonly searching: boolean;
  /** Not all that is stored of its past has been looked through yet: that goes on, while nobody waits for it. */
  readonly unfinished: boolean;
}

/** Namespaces that are told by name; a hostile commit has them by the ten thousand. */
const MOST_NAMED = 1_000;

interface Entry {
  readonly namespaces: readonly string[];
  /** How far its past was searched. */
  progress: LookProgress;
  /** More of the past does not come for now; it is asked for again. */
  isPaused: boolean;
}

/** Namespaces of each environment without a good state, and how far its past has been searched. */
export class UnservedNamespaces {
  /** Time for looking for one. */
  readonly lookTime: LookTime;
  readonly #environments = new Map<string, Entry>();

  constructor(lookTime: LookTime) {
    this.lookTime = lookTime;
  }

  /** @param isDoubted something better is looked for than what is served of others */
  note(environment: string, namespaces: readonly string[], progress: LookProgress, isDoubted = false): void {
    const isPaused = this.#environments.get(environment)?.isPaused ?? false;
    const isSought = namespaces.length > 0 || (isDoubted && progress !== "exhausted");
    if (!isSought) this.#environments.delete(environment);
    else this.#environments.set(environment, { namespaces, progress, isPaused });
  }

  /** How far the past of an environment was searched; undefined where nothing is searched for. */
  progressOf(environment: string): LookProgress | undefined {
    return this.#environments.get(environment)?.progress;
  }

  isSearching(environment: string): boolean {
    const progress = this.progressOf(environment);
    return progress !== undefined && progress !== "exhausted";
  }

  /** Environments whose past is searched. */
  get searching(): number {
    let count = 0;
    for (const { progress } of this.#environments.values()) if (progress !== "exhausted") count += 1;
    return count;
  }

  /** Ends the search: namespaces that are not found by now are lost. */
  giveUp(environment: string): void {
    const entry = this.#environments.get(environment);
    if (entry !== undefined) entry.progress = "exhausted";
  }

  /** Nobody is to wait for what is not found by now, though it is looked for further. */
  pause(): void {
    for (const entry of this.#environments.values()) entry.isPaused = true;
  }

  forget(environment: string): void {
    this.#environments.delete(environment);
  }

  /** The first of them. */
  all(): readonly UnservedNamespace[] {
    const all: UnservedNamespace[] = [];
    for (const [environment, { namespaces, progress, isPaused }] of this.#environments) {
      const searching = progress !== "exhausted" && !isPaused;
      const unfinished = progress === "cut" || progress === "unread";
      for (const namespace of namespaces.slice(0, MOST_NAMED - all.length)) {
        all.push({ environment, namespace, searching, unfinished });
      }
    }
    return all;
  }

  /** How many there are besides those that are named. */
  get omitted(): number {
    let count = 0;
    for (const { namespaces } of this.#environments.values()) count += namespaces.length;
    return Math.max(0, count - MOST_NAMED);
  }
}
