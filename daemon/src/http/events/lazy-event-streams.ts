import type { StreamSlots } from "../limits/stream-slots.js";
import type { Answer, RouteRequest } from "../route.js";
import type { EventOpening } from "./event-opening.js";
import type { EventStreamServices } from "./event-stream-services.js";

/** The streams of events of a daemon. Until somebody opens one, nothing of them is loaded. */
export class LazyEventStreams {
  readonly #parts: EventStreamServices;
  readonly #slots: StreamSlots;
  #opening: Promise<EventOpening> | undefined;
  #loaded: EventOpening | undefined;
  #isClosed = false;

  constructor(parts: EventStreamServices, slots: StreamSlots) {
    this.#parts = parts;
    this.#slots = slots;
  }

  /** Number of those that are open. */
  get size(): number {
    return this.#loaded?.streams.size ?? 0;
  }

  async answer(request: RouteRequest): Promise<Answer> {
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return (await this.#opening).answer(request);
  }

  /** Callers may see something else from now on. */
  review(): void {
    this.#loaded?.streams.review();
  }

  /** Ends all of them, and those that are opened later. */
  close(): void {
    this.#isClosed = true;
    this.#loaded?.streams.close();
  }

  async #load(): Promise<EventOpening> {
    const { EventOpening } = await import("./event-opening.js");
    this.#loaded = await EventOpening.create(this.#parts, this.#slots);
    if (this.#isClosed) this.#loaded.streams.close();
    return this.#loaded;
  }
}
