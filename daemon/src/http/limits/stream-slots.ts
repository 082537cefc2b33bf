import type { ServerLimits } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";

/** Gives the place of a stream back; more than once is like once. */
export type Release = () => void;

/** Places for streams: so many in total, and for each client. */
export interface StreamSlots {
  /** Throws, or rejects with, VexilError VEXIL_OVERLOADED_STREAMS. */
  take(client: string): Release | Promise<Release>;
}

export type StreamRefusal = "streams" | "streamsPerClient";

/** Counts the streams of all processes. */
export class CountedSlots implements StreamSlots {
  readonly #limits: () => ServerLimits;
  readonly #byClient = new Map<string, number>();
  #total = 0;

  constructor(limits: () => ServerLimits) {
    this.#limits = limits;
  }

  /** Which limit another stream of this client would go beyond. */
  refusal(client: string): StreamRefusal | undefined {
    const { streams, streamsPerClient } = this.#limits();
    // Without an address it came by a Unix socket: from this machine, or from a proxy on it.
    if (client !== "" && (this.#byClient.get(client) ?? 0) >= streamsPerClient) return "streamsPerClient";
    return this.#total >= streams ? "streams" : undefined;
  }

  take(client: string): Release {
    const refusal = this.refusal(client);
    if (refusal !== undefined) throw streamRefused(refusal, this.#limits());
    this.#total += 1;
    this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + 1);
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#total -= 1;
      const left = (this.#byClient.get(client) ?? 1) - 1;
      if (left === 0) this.#byClient.delete(client);
      else this.#byClient.set(client, left);
    };
  }
}

export function streamRefused(refusal: StreamRefusal, { streams, streamsPerClient }: ServerLimits): VexilError {
  const reason =
    refusal === "streams"
      ? `${streams} streams are open already (server.limits.streams)`
      : `this client has ${streamsPerClient} streams open already (server.limits.streams_per_client)`;
  return new VexilError("VEXIL_OVERLOADED_STREAMS", reason, { details: { retryAfterMs: 10_000 } });
}
