import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ExportWatch } from "./export-watch.js";
import { onPartialSuccess, type PartialSuccess } from "./partial-success.js";
import type { Room } from "./room.js";

/** An exporter of the SDK, of any signal. */
export interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Sends by another exporter, and has counted what becomes of it. */
export class WatchedExporter<Items> implements Exporter<Items> {
  readonly #inner: Exporter<Items>;
  readonly #size: (items: Items) => number;
  readonly #watch: ExportWatch;
  readonly #room: Room | undefined;
  /** Of the answer whose result is told next. */
  #partial: PartialSuccess | undefined;

  /**
   * @param size how many spans, data points or records there are
   * @param room given back once they are sent, or have failed
   */
  constructor(inner: Exporter<Items>, size: (items: Items) => number, watch: ExportWatch, room?: Room) {
    this.#inner = inner;
    this.#size = size;
    this.#watch = watch;
    this.#room = room;
    onPartialSuccess(inner, (partial) => {
      this.#partial = partial;
    });
  }

  export(items: Items, done: (result: ExportResult) => void): void {
    const size = this.#size(items);
    this.#inner.export(items, (result) => {
      this.#room?.give(size);
      const partial = this.#partial;
      this.#partial = undefined;
      if (result.code === ExportResultCode.SUCCESS) this.#watch.sent(size, partial);
      else this.#watch.failed(size, result.error);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }
}
