import { VexilError } from "@vexil/plugin-api/errors";

/** Bodies up to this size are not counted: ordinary requests come in one piece. */
export const COUNTED_FROM_BYTES = 64 * 1024;

/** A body that has waited this long makes room for others. */
const PATIENCE_MS = 2000;

/** One large body that has not arrived whole. */
export interface WaitingBody {
  readonly since: number;
  bytes: number;
  /** Drops it, to make room. */
  readonly giveUp: (reason: VexilError) => void;
}

/**
 * The bytes of large bodies that have not arrived whole (`server.limits.waiting_body_bytes`). When there are too many,
 * those that began long ago give way: a sender that is quick gets through beside any number of slow ones.
 */
export class WaitingBodies {
  readonly #limit: () => number;
  /** In the order in which they began. */
  readonly #bodies = new Set<WaitingBody>();
  #bytes = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  begin(giveUp: WaitingBody["giveUp"]): WaitingBody {
    const body = { since: performance.now(), bytes: 0, giveUp };
    this.#bodies.add(body);
    return body;
  }

  /** @returns false if there is no room */
  grow(body: WaitingBody, bytes: number): boolean {
    while (this.#bytes + bytes > this.#limit()) {
      const oldest = this.#oldestBut(body);
      if (oldest === undefined) return false;
      this.end(oldest);
      oldest.giveUp(bodiesRefused());
    }
    body.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** It is whole, or nobody waits for it any more. */
  end(body: WaitingBody): void {
    if (!this.#bodies.delete(body)) return;
    this.#bytes -= body.bytes;
  }

  #oldestBut(own: WaitingBody): WaitingBody | undefined {
    for (const body of this.#bodies) {
      if (body === own) continue;
      return performance.now() - body.since >= PATIENCE_MS ? body : undefined;
    }
    return undefined;
  }
}

export function bodiesRefused(): VexilError {
  return new VexilError(
    "VEXIL_OVERLOADED_BODIES",
    "too many large request bodies are on their way (server.limits.waiting_body_bytes)",
  );
}
