import type { WriteResult } from "@vexil/flags/edit/change";
import { VexilError } from "@vexil/plugin-api/errors";
import { token } from "./di/token.js";
import type { SyncEvent } from "./model/events.js";

interface Waiting {
  readonly storage: string;
  resolve(result: WriteResult | undefined): void;
  reject(error: VexilError): void;
}

export const AnswersToken = token<Answers>("answers");

/** Whoever waits for what becomes of a write or a nudge: the answers derive from events and nothing else. */
export class Answers {
  readonly #writes = new Map<string, Waiting>();
  readonly #nudges = new Map<string, Waiting>();
  readonly #counts = new Map<string, number>();

  /** Writes of a storage that have no answer yet. */
  waitingWrites(storage: string): number {
    return this.#counts.get(storage) ?? 0;
  }

  /** The answer to a write that is about to be queued. Rejects with VexilError. */
  ofWrite(storage: string, request: string): Promise<WriteResult> {
    this.#count(storage, 1);
    return this.#wait<WriteResult>(this.#writes, storage, request);
  }

  /** Resolves when a poll that begins from now on has ended. */
  ofNudge(storage: string, nudge: string): Promise<void> {
    return this.#wait<undefined>(this.#nudges, storage, nudge);
  }

  /** Takes in one event; what it made true is to be served, and known to status, by then. */
  apply(event: SyncEvent): void {
    switch (event.type) {
      case "write.committed":
      case "write.unchanged":
        this.#takeWrite(event)?.resolve({ revision: event.revision });
        break;
      case "write.failed":
        this.#takeWrite(event)?.reject(event.error);
        break;
      case "nudge.answered":
        for (const nudge of event.nudges) {
          const waiting = this.#nudges.get(nudge);
          this.#nudges.delete(nudge);
          if (event.error === undefined) waiting?.resolve(undefined);
          else waiting?.reject(event.error);
        }
        break;
      case "phase.changed":
        if (event.phase === "closed") this.#abandon(event.storage, event.error ?? draining());
        break;
      default:
        break;
    }
  }

  /** Nothing more happens to a storage: who still waits is told so. */
  #abandon(storage: string, why: VexilError): void {
    for (const [request, waiting] of this.#writes) {
      if (waiting.storage === storage) this.#takeWrite({ storage, request })?.reject(why);
    }
    for (const [nudge, waiting] of this.#nudges) {
      if (waiting.storage !== storage) continue;
      this.#nudges.delete(nudge);
      waiting.resolve(undefined);
    }
  }

  #takeWrite({ storage, request }: { readonly storage: string; readonly request: string }): Waiting | undefined {
    const waiting = this.#writes.get(request);
    if (waiting === undefined) return undefined;
    this.#writes.delete(request);
    this.#count(storage, -1);
    return waiting;
  }

  #wait<T>(waiting: Map<string, Waiting>, storage: string, id: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { storage, resolve: (result) => resolve(result as T), reject });
    });
  }

  #count(storage: string, by: 1 | -1): void {
    const count = this.waitingWrites(storage) + by;
    if (count === 0) this.#counts.delete(storage);
    else this.#counts.set(storage, count);
  }
}

/** Why nothing is taken any more. */
export function draining(): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping; try again soon");
}
