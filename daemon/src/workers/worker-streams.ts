import type { ServerLimits } from "@vexil/config/config";
import { CountedSlots, type Release, type StreamRefusal, type StreamSlots } from "../http/limits/stream-slots.js";

/** The streams of all workers, counted in the primary; those of a worker that dies end with it. */
export class WorkerStreams<Worker extends object> {
  readonly #slots: CountedSlots;
  readonly #held = new Map<Worker, Map<string, Release[]>>();

  constructor(limits: () => ServerLimits) {
    this.#slots = new CountedSlots(limits);
  }

  /** The places of all processes together. */
  get slots(): StreamSlots {
    return this.#slots;
  }

  /** Counts a stream of a worker's client, unless it would be beyond a limit. */
  take(worker: Worker, client: string): StreamRefusal | undefined {
    const refusal = this.#slots.refusal(client);
    if (refusal !== undefined) return refusal;
    const held = this.#held.get(worker) ?? new Map<string, Release[]>();
    this.#held.set(worker, held);
    const releases = held.get(client) ?? [];
    held.set(client, releases);
    releases.push(this.#slots.take(client));
    return undefined;
  }

  end(worker: Worker, client: string): void {
    const held = this.#held.get(worker);
    const releases = held?.get(client);
    releases?.pop()?.();
    if (releases?.length === 0) held?.delete(client);
  }

  forget(worker: Worker): void {
    for (const releases of this.#held.get(worker)?.values() ?? []) for (const release of releases) release();
    this.#held.delete(worker);
  }
}
